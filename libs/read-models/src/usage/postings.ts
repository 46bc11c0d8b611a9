import { viewOf, writePosting } from './identity.js';
import { NO_SUBJECT } from './identities/subjects.js';
import { POSTING_RUNS } from './run-formats.js';
import { sortEntries } from './sorted-runs/entry-order.js';
import type { BatchSegment, UsageBatch } from './usage-batch.js';

/** Makes the postings of batches: for each record one under its customer and one under its subscription, as far as it names them. */
export class PostingWriter {
  /** Sorted postings of all records, those that do not count too: they can be looked at as well. */
  postingsOf(batch: UsageBatch): Buffer {
    const width = POSTING_RUNS.entryBytes;
    const entries = Buffer.from(new ArrayBuffer(postingsMax(batch) * width));
    const view = viewOf(entries);
    let at = 0;
    for (const segment of batch.segments) {
      const { columns, subjects } = segment;
      const { customers, subscriptions } = columns;
      at = write(view, at, { segment, subjects: subjects.customers, of: customers.index });
      at = write(view, at, { segment, subjects: subjects.subscriptions, of: subscriptions.index });
    }
    return sortEntries(entries.subarray(0, at), width);
  }
}

/** Who records are about, as one of the columns of a segment tells. */
interface NamedSubjects {
  readonly segment: BatchSegment;
  readonly subjects: Int32Array;
  readonly of: Int32Array;
}

/** At most so many postings does a batch have; mostly its records name customers only, and it is what they have. */
const postingsMax = ({ segments }: UsageBatch): number =>
  segments.reduce((sum, { columns, subjects }) => {
    const kinds = [subjects.customers, subjects.subscriptions];
    return sum + columns.count * kinds.filter((kind) => !areNobody(kind)).length;
  }, 0);

const areNobody = (subjects: Int32Array): boolean =>
  subjects.length === 1 && subjects[0] === NO_SUBJECT;

/** Writes a posting for each record that names a subject of this kind. Answers where the next one goes. */
function write(entries: DataView, at: number, { segment, subjects, of }: NamedSubjects): number {
  if (areNobody(subjects)) return at;
  const { position, columns } = segment;
  const { timestamps } = columns;
  const { highs, lows } = segment.subjects.table;
  let to = at;
  for (let index = 0; index < timestamps.length; index += 1) {
    const number = subjects[of[index]!]!;
    if (number === NO_SUBJECT) continue;
    const subject = { high: highs[number]!, low: lows[number]! };
    const place = { position, index };
    writePosting(entries, to, { subject, timestamp: timestamps[index]!, place });
    to += POSTING_RUNS.entryBytes;
  }
  return to;
}
