import { SCAN_WASM } from './scan-wasm.js';

/** What of WebAssembly is used here; the types of Node 20 do not name it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** A variable of the scanner. */
interface Global {
  readonly value: number;
}

/** What the compiled scanner exports; `assembly/index.ts` says what each is. Regions are laid anew by `reserve`. */
export interface ScanModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(length: number): number;
  scan(length: number, receivedAt: number, latest: number): number;
  textCount(): number;
  shapesCount(): number;
  readonly recordsMax: Global;
  readonly records: Global;
  readonly uuids: Global;
  readonly times: Global;
  readonly textAt: Global;
  readonly textLength: Global;
  readonly shapes: Global;
  readonly shapeNames: Global;
  readonly valueTexts: Global;
  readonly valueNumbers: Global;
}

/** An instance with a memory of its own. */
export function createScanModule(): ScanModule {
  const module = new WebAssembly.Module(Buffer.from(SCAN_WASM, 'base64'));
  const instance = new WebAssembly.Instance(module, {});
  return instance.exports as ScanModule;
}
