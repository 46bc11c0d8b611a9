import { viewOf, writePosting } from './identity.js';
import { NO_SUBJECT } from './identities/subjects.js';
import { POSTING_RUNS } from './run-formats.js';
import type { EntryRoom } from './sorted-runs/entry-room.js';
import type { BatchPart, UsageBatch } from './usage-batch.js';

/**
 * A posting for each record of a batch under its customer, and one under its subscription, as far as it names them: of all records, since those that do not
 * count can be looked at as well. Not sorted; valid until the room is used again.
 */
export function postingsOf(batch: UsageBatch, room: EntryRoom): Buffer {
  const entries = room.take(postingsMax(batch) * POSTING_RUNS.entryBytes);
  const view = viewOf(entries);
  let at = 0;
  for (const part of batch.parts) {
    const { columns, subjects } = part;
    const { customers, subscriptions } = columns;
    at = write(view, at, { part, subjects: subjects.customers, of: customers.index });
    at = write(view, at, { part, subjects: subjects.subscriptions, of: subscriptions.index });
  }
  return entries.subarray(0, at);
}

/** Who records are about, as one of the columns of a part tells. */
interface NamedSubjects {
  readonly part: BatchPart;
  readonly subjects: Int32Array;
  readonly of: Int32Array;
}

/** At most so many postings does a batch have; mostly its records name customers only, and it is what they have. */
const postingsMax = ({ parts }: UsageBatch): number =>
  parts.reduce((sum, { columns, subjects }) => {
    const kinds = [subjects.customers, subjects.subscriptions];
    return sum + columns.count * kinds.filter((kind) => !areNobody(kind)).length;
  }, 0);

const areNobody = (subjects: Int32Array): boolean =>
  subjects.length === 1 && subjects[0] === NO_SUBJECT;

/** Writes a posting for each record that names a subject of this kind. Answers where the next one goes. */
function write(entries: DataView, at: number, { part, subjects, of }: NamedSubjects): number {
  if (areNobody(subjects)) return at;
  const { timestamps } = part.columns;
  const { highs, lows } = part.subjects.table;
  let to = at;
  for (const { position, base, count } of part.segments) {
    const first = base - part.base;
    for (let index = 0; index < count; index += 1) {
      const number = subjects[of[first + index]!]!;
      if (number === NO_SUBJECT) continue;
      const subject = { high: highs[number]!, low: lows[number]! };
      const place = { position, index };
      writePosting(entries, to, { subject, timestamp: timestamps[first + index]!, place });
      to += POSTING_RUNS.entryBytes;
    }
  }
  return to;
}
