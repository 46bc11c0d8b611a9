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
  scan(body: Buffer, receivedAt: Instant): ScannedBody | undefined {
    if (body.length < SCANNED_BYTES_MIN || body.length > SCANNED_BYTES_MAX) return undefined;
    const ascii = isAscii(body);
    if (!ascii && !isUtf8(body)) return undefined;
    const { module } = this;
    const at = module.reserve(body.length);
    new Uint8Array(module.memory.buffer, at, body.length).set(body);
    const count = module.scan(body.length, receivedAt, receivedAt + TIMESTAMP_AHEAD_MAX_MS);
    return count === 0 ? undefined : new ScannedBody(module, count, ascii);
  }
}
