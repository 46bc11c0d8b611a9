import { HASH_WASM } from './hash-wasm.js';

/** What of WebAssembly is used here; the types of Node 20 do not name it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Where a region lies. */
interface Global {
  readonly value: number;
}

/** What the compiled hashing exports; `assembly` says what each is. Regions are laid anew by `reserve`. */
export interface HashModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(
    records: number,
    prefixCount: number,
    prefixBytes: number,
    idBytes: number,
    messageBytes: number,
  ): void;
  identities(count: number, uuids: boolean, high: number, low: number): void;
  readonly prefixes: Global;
  readonly prefixEnds: Global;
  readonly prefixOf: Global;
  readonly ids: Global;
  readonly idEnds: Global;
  readonly entries: Global;
}

let module: HashModule | undefined;

/** The one of this thread: what it writes is valid until it is used again. */
export function hashModule(): HashModule {
  if (module === undefined) {
    const compiled = new WebAssembly.Module(Buffer.from(HASH_WASM, 'base64'));
    module = new WebAssembly.Instance(compiled, {}).exports as HashModule;
  }
  return module;
}
