import type { UsageRecord } from '@odometer/domain';
import { subjectHash, writePosting } from './identity.js';
import { POSTING_RUNS } from './run-formats.js';
import { sortEntries } from './sorted-runs/entry-order.js';
import type { UsageBatch } from './usage-batch.js';

/** Subject hashes remembered by a shard, so that a busy subject is hashed once. */
const SUBJECTS_REMEMBERED = 50_000;

/** Makes the postings of batches: for each record one under its customer and one under its subscription, as far as it names them. */
export class PostingWriter {
  private hashes = new Map<string, string>();

  /** Sorted postings of all records, those that do not count too: they can be looked at as well. */
  postingsOf(batch: UsageBatch): Buffer {
    const width = POSTING_RUNS.entryBytes;
    const entries = Buffer.allocUnsafe(batch.size * 2 * width);
    let at = 0;
    for (const { tenant, position, records } of batch.segments) {
      for (let index = 0; index < records.length; index += 1) {
        const record = records[index]!;
        for (const subject of subjectsOf(record)) {
          writePosting(entries, at, {
            subject: this.hashOf(tenant, subject),
            timestamp: record.timestamp,
            place: { position, index },
          });
          at += width;
        }
      }
    }
    return sortEntries(entries.subarray(0, at), width);
  }

  private hashOf(tenant: string, subject: string): string {
    const key = `${tenant}\0${subject}`;
    const known = this.hashes.get(key);
    if (known !== undefined) return known;
    if (this.hashes.size >= SUBJECTS_REMEMBERED) this.hashes = new Map();
    const fresh = subjectHash(tenant, subject);
    this.hashes.set(key, fresh);
    return fresh;
  }
}

function subjectsOf({ customerId, subscriptionId }: UsageRecord): string[] {
  if (customerId === undefined) return [`s:${subscriptionId}`];
  return subscriptionId === undefined
    ? [`c:${customerId}`]
    : [`c:${customerId}`, `s:${subscriptionId}`];
}
