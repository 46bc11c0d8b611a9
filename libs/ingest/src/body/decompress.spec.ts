import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { BodyTooLarge, decompress, UnknownEncoding } from './decompress.js';
import { MalformedBody } from './exact-json.js';

const TEXT = Buffer.from('{"events":[]}');

describe('a compressed body', () => {
  it.each([
    ['gzip', gzipSync(TEXT)],
    ['GZIP', gzipSync(TEXT)],
    ['x-gzip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['identity', TEXT],
    [undefined, TEXT],
  ])('of encoding %s is what was compressed', async (encoding, body) => {
    await expect(decompress(body, encoding, 1_000)).resolves.toEqual(TEXT);
  });

  it('that grows beyond the limit is refused, whatever its own size', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_001));
    expect(bomb.length).toBeLessThan(2_000);
    await expect(decompress(bomb, 'gzip', 1_000_000)).rejects.toThrow(BodyTooLarge);
  });

  it('may be as large as the limit', async () => {
    const body = brotliCompressSync(Buffer.alloc(1_000_000));
    await expect(decompress(body, 'br', 1_000_000)).resolves.toHaveLength(1_000_000);
  });

  it.each(['zstd', 'gzip, br', 'compress'])('of encoding %s is refused', async (encoding) => {
    await expect(decompress(TEXT, encoding, 1_000)).rejects.toThrow(UnknownEncoding);
  });

  it.each(['gzip', 'deflate', 'br'])('that is no %s is malformed', async (encoding) => {
    await expect(decompress(TEXT, encoding, 1_000)).rejects.toThrow(MalformedBody);
  });

  it('that is cut short is malformed', async () => {
    const half = gzipSync(TEXT).subarray(0, 15);
    await expect(decompress(half, 'gzip', 1_000)).rejects.toThrow(MalformedBody);
  });
});
