import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';

const deflate = promisify(deflateRaw);

/** The fastest level: the next ones take a third longer for a few per cent less. The chunk takes a whole segment in one go. */
const DEFLATE = { level: constants.Z_BEST_SPEED, memLevel: 9, chunkSize: 64 * 1024 };

/**
 * Texts of fewer bytes are stored as they are: setting deflate up costs more than a few hundred bytes are worth. The mark is a block
 * type that deflate reserves, so no compressed text starts with it.
 */
const PLAIN_BYTES_MAX = 2_048;
const PLAIN_MARK = 0x06;

/** Below this the way to another thread and back takes longer than compressing, and a smaller window does as well for a fraction of the set-up. */
const SMALL_BYTES_MAX = 12 * 1_024;
const SMALL = { level: constants.Z_BEST_SPEED, windowBits: 13, memLevel: 6, chunkSize: 8 * 1_024 };
/** Of what texts become when they are inflated, the first piece, which mostly is all: it is made anew for each text, and larger than needed it costs, too. */
const INFLATED_BYTES_MIN = 5 * 1_024;
const INFLATED_TIMES = 7;

/** Deflates a text unless it is short. Compression of more than a little runs off the main thread. */
export function packText(text: string): Uint8Array | Promise<Uint8Array> {
  if (text.length < PLAIN_BYTES_MAX) return plain(text);
  const bytes = Buffer.from(text);
  return text.length < SMALL_BYTES_MAX ? deflateRawSync(bytes, SMALL) : deflate(bytes, DEFLATE);
}

/** The text that `packText` packed, in UTF-8. Throws on damaged bytes. */
export function unpackText(bytes: Uint8Array): Buffer {
  return bytes[0] === PLAIN_MARK
    ? Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.length - 1)
    : inflateRawSync(bytes, {
        chunkSize: Math.max(INFLATED_BYTES_MIN, bytes.length * INFLATED_TIMES),
      });
}

const plain = (text: string): Uint8Array =>
  Buffer.concat([Buffer.of(PLAIN_MARK), Buffer.from(text)]);
