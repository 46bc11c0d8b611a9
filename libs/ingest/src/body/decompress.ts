import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, type ZlibOptions } from 'node:zlib';
import { MalformedBody } from './exact-json.js';

/** The encoding is none of ENCODINGS. */
export class UnknownEncoding extends Error {
  override readonly name = 'UnknownEncoding';
}

/** The body, sent or decompressed, has more than `limit` bytes. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor(readonly limit: number) {
    super(`the body has more than ${limit} bytes`);
  }
}

export const ENCODINGS = ['identity', 'gzip', 'deflate', 'br'] as const;

type Decompress = (body: Buffer, options: ZlibOptions) => Promise<Buffer>;

const zlibInflate: Decompress = promisify(inflate);
const rawInflate: Decompress = promisify(inflateRaw);
const gunzipped: Decompress = promisify(gunzip);

const DECOMPRESS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', gunzipped],
  ['x-gzip', gunzipped],
  // HTTP means zlib's format by `deflate`; some clients send the bare stream.
  ['deflate', (body, options) => (isZlib(body) ? zlibInflate : rawInflate)(body, options)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * Undoes the `Content-Encoding` of a body, off the main thread, and stops at `limit` bytes of output. An absent or `identity`
 * encoding gives the body itself. Throws UnknownEncoding, BodyTooLarge, and MalformedBody for damaged or truncated data.
 */
export async function decompress(
  body: Buffer,
  encoding: string | undefined,
  limit: number,
): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return body;
  const decode = DECOMPRESS.get(name);
  if (!decode)
    throw new UnknownEncoding(`content encoding ${name} is not one of ${ENCODINGS.join(', ')}`);
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw new BodyTooLarge(limit);
    throw new MalformedBody(`the body is not valid ${name} data: ${messageOf(error)}`);
  }
}

/** A zlib header: method 8, and the two bytes a multiple of 31. */
function isZlib(body: Buffer): boolean {
  return body.length > 1 && ((body[0] ?? 0) & 0x0f) === 8 && body.readUInt16BE(0) % 31 === 0;
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
