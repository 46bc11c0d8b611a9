import { SORT_WASM } from './sort-wasm.js';

/** What of WebAssembly is used here; the types of Node 20 do not name it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Where a region lies. */
interface Global {
  readonly value: number;
}

/** What the compiled sorting exports; `assembly/runs` says what each is. Regions are laid anew by `reserve`. */
export interface SortModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(bytes: number, parts: number): void;
  sort(count: number, width: number): number;
  merge(parts: number, width: number): number;
  readonly laid: Global;
  readonly partEnds: Global;
}

let module: SortModule | undefined;

/** The one of this thread. Its memory holds twice the most entries that were sorted at once. */
export function sortModule(): SortModule {
  if (module === undefined) {
    const compiled = new WebAssembly.Module(Buffer.from(SORT_WASM, 'base64'));
    module = new WebAssembly.Instance(compiled, {}).exports as SortModule;
  }
  return module;
}
