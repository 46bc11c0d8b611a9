import { isAscii, isUtf8 } from 'node:buffer';
import type { Instant } from '@odometer/domain';
import { SCANNED_BYTES_MAX, SCANNED_BYTES_MIN, TIMESTAMP_AHEAD_MAX_MS } from '../limits.js';
import { createScanModule } from './scan-module.js';
import { ScannedBody } from './scanned-body.js';

/**
 * Reads the bodies of batches straight into columns, several times as fast as through objects. It knows ordinary records only: known fields, each
 * once; ids and codes in ASCII; ISO times in UTC or Unix seconds; flat properties; no escapes; numbers that a double carries. Of a body with anything
 * else, and of any that is wrong, it says nothing: that is for `parseExactJson` and `readBatch`, which agree with it on all that it reads.
 */
export class BodyScanner {
  private readonly module = createScanModule();

  /** What the body of `{"events": [...]}` holds, until the next call; undefined when it is not ordinary. */
  scan(chunks: readonly Buffer[], receivedAt: Instant): ScannedBody | undefined {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length < SCANNED_BYTES_MIN || length > SCANNED_BYTES_MAX) return undefined;
    const body = this.take(chunks, length);
    const ascii = isAscii(body);
    if (!ascii && !isUtf8(body)) return undefined;
    const latest = receivedAt + TIMESTAMP_AHEAD_MAX_MS;
    const count = this.module.scan(length, receivedAt, latest);
    return count === 0 ? undefined : new ScannedBody(this.module, { count, bytes: length, ascii });
  }

  /** The body in the scanner's memory. */
  private take(chunks: readonly Buffer[], length: number): Uint8Array {
    const start = this.module.reserve(length);
    const body = new Uint8Array(this.module.memory.buffer, start, length);
    let at = 0;
    for (const chunk of chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return body;
  }
}
