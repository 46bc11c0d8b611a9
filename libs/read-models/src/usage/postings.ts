import { subjectHash, writePosting, type Place } from './identity.js';
import { POSTING_RUNS } from './run-formats.js';
import { sortEntries } from './sorted-runs/entry-order.js';
import type { UsageBatch } from './usage-batch.js';

/** Subject hashes of one kind remembered by a shard, so that a busy subject is hashed once. */
const SUBJECTS_REMEMBERED = 50_000;

/** Makes the postings of batches: for each record one under its customer and one under its subscription, as far as it names them. */
export class PostingWriter {
  private readonly customers = new SubjectHashes('c:');
  private readonly subscriptions = new SubjectHashes('s:');

  /** Sorted postings of all records, those that do not count too: they can be looked at as well. */
  postingsOf(batch: UsageBatch): Buffer {
    const width = POSTING_RUNS.entryBytes;
    const entries = Buffer.allocUnsafe(batch.size * 2 * width);
    let at = 0;
    const add = (subject: string, timestamp: number, place: Place): void => {
      writePosting(entries, at, { subject, timestamp, place });
      at += width;
    };
    for (const { tenant, position, records } of batch.segments) {
      for (let index = 0; index < records.length; index += 1) {
        const { customerId, subscriptionId, timestamp } = records[index]!;
        const place = { position, index };
        if (customerId !== undefined) add(this.customers.of(tenant, customerId), timestamp, place);
        if (subscriptionId !== undefined)
          add(this.subscriptions.of(tenant, subscriptionId), timestamp, place);
      }
    }
    return sortEntries(entries.subarray(0, at), width);
  }
}

/** Hashes of subjects of one kind, looked up by the id as it stands in the record: a text made for it would cost more than the look-up. */
class SubjectHashes {
  private readonly byTenant = new Map<string, Map<string, string>>();
  private size = 0;

  constructor(private readonly prefix: string) {}

  of(tenant: string, id: string): string {
    return this.byTenant.get(tenant)?.get(id) ?? this.add(tenant, id);
  }

  private add(tenant: string, id: string): string {
    if (this.size >= SUBJECTS_REMEMBERED) {
      this.byTenant.clear();
      this.size = 0;
    }
    const ids = this.byTenant.get(tenant) ?? new Map<string, string>();
    this.byTenant.set(tenant, ids);
    const fresh = subjectHash(tenant, `${this.prefix}${id}`);
    ids.set(id, fresh);
    this.size += 1;
    return fresh;
  }
}
