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

/** What the compiled hashing exports; `assembly` says what each is. Regions but that of the prefixes are laid anew by `reserve`. */
export interface HashModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(
    prefixBytes: number,
    records: number,
    prefixCount: number,
    idBytes: number,
    messageBytes: number,
  ): void;
  identities(count: number, uuids: boolean, high: number, low: number): void;
  readonly prefixes: Global;
  readonly prefixStarts: Global;
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

/** The memory as bytes, and as words in the order of this machine, which is WebAssembly's on all machines that Node runs on. */
export interface HashMemory {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

let memory: HashMemory | undefined;

/** Valid until more is reserved. */
export function hashMemory(): HashMemory {
  const { buffer } = hashModule().memory;
  if (memory?.bytes.buffer !== buffer)
    memory = { bytes: new Uint8Array(buffer), words: new Int32Array(buffer) };
  return memory;
}

/** Puts a prefix behind those that take `start` bytes. Of regions that were laid before nothing is left. */
export function keepPrefix(prefix: Uint8Array, start: number): void {
  const hashing = hashModule();
  hashing.reserve(start + prefix.length, 0, 0, 0, 0);
  hashMemory().bytes.set(prefix, hashing.prefixes.value + start);
}
