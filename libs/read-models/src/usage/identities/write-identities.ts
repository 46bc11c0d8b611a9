import type { UsageColumns } from '@odometer/event-store';
import { checkPlace, HASH_BYTES } from '../identity.js';
import { IDENTITY_RUNS } from '../run-formats.js';
import { hashMemory, hashModule } from './hash-module.js';
import { joinTexts, type JoinedTexts } from './joined-texts.js';
import { NO_SUBJECT, type SegmentSubjects } from './subjects.js';

/** Characters of the text of a UUID. */
const UUID_LENGTH = 36;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

/** Records as they were sent, of one segment or of some that follow each other. */
interface IdentifiedPart {
  readonly segments: readonly IdentifiedSegment[];
  /** The first segment's. */
  readonly base: number;
  readonly columns: UsageColumns;
  /** Of the columns, in the table of this thread. */
  readonly subjects: SegmentSubjects;
}

interface IdentifiedSegment {
  readonly position: number;
  readonly count: number;
  /** Of the first record; those of all segments count on. */
  readonly base: number;
}

/**
 * Writes the identity entries of all records of a part, side by side from `at` on: the same bytes as `writeIdentity` writes for each of the records.
 * Not for what amendments put in, which has an identity of its own. Throws a RangeError where an entry cannot say the place.
 */
export function writeIdentities(entries: Buffer, at: number, part: IdentifiedPart): void {
  const { segments, base, columns, subjects } = part;
  const { count } = columns;
  if (count === 0) return;
  const module = hashModule();
  const named = namedBy(part);
  const ids = idsOf(columns);
  module.reserve(
    subjects.table.size,
    count,
    named.subjects.length,
    ids.bytes.length,
    HASH_BYTES + ids.longest,
  );
  const { bytes, words } = hashMemory();
  words.set(named.subjects, module.named.value / WORD_BYTES);
  words.set(named.of, module.namedBy.value / WORD_BYTES);
  bytes.set(ids.bytes, module.ids.value);
  if (ids.ends !== null) words.set(ids.ends, module.idEnds.value / WORD_BYTES);
  module.identities(count, ids.ends === null);
  for (const { position, count: records, base: first } of segments) {
    checkPlace({ position, index: Math.max(records - 1, 0) });
    module.places(first - base, records, Math.floor(position / 2 ** 32), position % 2 ** 32);
  }
  const from = module.entries.value;
  entries.set(bytes.subarray(from, from + count * IDENTITY_RUNS.entryBytes), at);
}

/** Transaction ids side by side: as texts, or as 16 bytes each where all are UUIDs, whose ends need not be told. */
interface TransactionIds extends Omit<JoinedTexts, 'ends'> {
  readonly ends: Int32Array | null;
}

function idsOf(columns: UsageColumns): TransactionIds {
  const { count, uuids } = columns;
  if (uuids !== null) return { bytes: uuids, ends: null, longest: UUID_LENGTH };
  return joinTexts(Array.from({ length: count }, (_, index) => columns.transactionId(index)));
}

/** Whose records they are, each mostly once, and by record the number of its own. */
interface NamedSubjects {
  readonly subjects: Int32Array;
  readonly of: Int32Array;
}

/** A record is its subscription's where it names no customer. */
function namedBy({ columns, subjects, segments, base }: IdentifiedPart): NamedSubjects {
  const { customers, subscriptions } = subjects;
  const { index } = columns.customers;
  if (!customers.includes(NO_SUBJECT)) return { subjects: customers, of: index };
  const all = Int32Array.of(...customers, ...subscriptions);
  const of = index.map((customer, record) => {
    if (customers[customer] !== NO_SUBJECT) return customer;
    const number = customers.length + columns.subscriptions.index[record]!;
    if (all[number] === NO_SUBJECT) throw namelessAt(segments, base + record);
    return number;
  });
  return { subjects: all, of };
}

function namelessAt(segments: readonly IdentifiedSegment[], record: number): Error {
  const { position, base } = segments.findLast((segment) => segment.base <= record)!;
  return new Error(`usage record ${record - base} at position ${position} names nobody`);
}
