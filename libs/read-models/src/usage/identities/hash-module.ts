import { HASH_BYTES } from '../identity.js';
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

/** What the compiled hashing exports; `assembly` says what each is. Regions but that of the subjects' hashes are laid anew by `reserve`. */
export interface HashModule {
  readonly memory: { readonly buffer: ArrayBuffer };
  reserve(
    subjects: number,
    records: number,
    namedSubjects: number,
    idBytes: number,
    messageBytes: number,
  ): void;
  identities(count: number, uuids: boolean): void;
  places(first: number, count: number, high: number, low: number): void;
  readonly subjectHashes: Global;
  readonly named: Global;
  readonly namedBy: Global;
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

/** Keeps the hash of a subject, by its number; numbers are given in order. Of regions that were laid before nothing is left. */
export function keepSubjectHash(hash: Uint8Array, number: number): void {
  const hashing = hashModule();
  hashing.reserve(number + 1, 0, 0, 0, 0);
  hashMemory().bytes.set(hash, hashing.subjectHashes.value + number * HASH_BYTES);
}
