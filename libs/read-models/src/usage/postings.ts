import { subjectHash, viewOf, writePosting, type SubjectHash } from './identity.js';
import { POSTING_RUNS } from './run-formats.js';
import { sortEntries } from './sorted-runs/entry-order.js';
import type { BatchSegment, UsageBatch } from './usage-batch.js';

/** Subject hashes of one kind remembered by a shard, so that a busy subject is hashed once. */
const SUBJECTS_REMEMBERED = 50_000;

/** Makes the postings of batches: for each record one under its customer and one under its subscription, as far as it names them. */
export class PostingWriter {
  private readonly customers = new SubjectHashes('c:');
  private readonly subscriptions = new SubjectHashes('s:');

  /** Sorted postings of all records, those that do not count too: they can be looked at as well. */
  postingsOf(batch: UsageBatch): Buffer {
    const width = POSTING_RUNS.entryBytes;
    const entries = Buffer.from(new ArrayBuffer(batch.size * 2 * width));
    const view = viewOf(entries);
    let at = 0;
    for (const segment of batch.segments) {
      at = this.customers.write(view, at, { segment, ids: segment.columns.customers });
      at = this.subscriptions.write(view, at, { segment, ids: segment.columns.subscriptions });
    }
    return sortEntries(entries.subarray(0, at), width);
  }
}

/** Who records are about, as one of the columns of a segment tells. */
interface NamedSubjects {
  readonly segment: BatchSegment;
  readonly ids: BatchSegment['columns']['customers'];
}

/** Hashes of subjects of one kind, looked up by the id as it stands in the record: a text made for it would cost more than the look-up. */
class SubjectHashes {
  private readonly byTenant = new Map<string, Map<string, SubjectHash>>();
  private size = 0;

  constructor(private readonly prefix: string) {}

  /** Writes a posting for each record that names a subject of this kind. Answers where the next one goes. */
  write(entries: DataView, at: number, { segment, ids }: NamedSubjects): number {
    const { tenant, position, columns } = segment;
    const { timestamps } = columns;
    const hashes = ids.of.map((id) => (id === undefined ? undefined : this.of(tenant, id)));
    let to = at;
    for (let index = 0; index < timestamps.length; index += 1) {
      const subject = hashes[ids.index[index]!];
      if (subject === undefined) continue;
      const place = { position, index };
      writePosting(entries, to, { subject, timestamp: timestamps[index]!, place });
      to += POSTING_RUNS.entryBytes;
    }
    return to;
  }

  private of(tenant: string, id: string): SubjectHash {
    return this.byTenant.get(tenant)?.get(id) ?? this.add(tenant, id);
  }

  private add(tenant: string, id: string): SubjectHash {
    if (this.size >= SUBJECTS_REMEMBERED) {
      this.byTenant.clear();
      this.size = 0;
    }
    const ids = this.byTenant.get(tenant) ?? new Map<string, SubjectHash>();
    this.byTenant.set(tenant, ids);
    const fresh = subjectHash(tenant, `${this.prefix}${id}`);
    ids.set(id, fresh);
    this.size += 1;
    return fresh;
  }
}
