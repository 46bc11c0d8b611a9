import { subjectOf } from '@odometer/domain';
import type { UsageColumns } from '@odometer/event-store';
import { checkPlace } from '../identity.js';
import { IDENTITY_RUNS } from '../run-formats.js';
import { hashModule, type HashModule } from './hash-module.js';
import { joinTexts, type JoinedTexts } from './joined-texts.js';

/** Characters of the text of a UUID. */
const UUID_LENGTH = 36;

/** A segment whose records are as they were sent. */
interface IdentifiedSegment {
  readonly tenant: string;
  readonly position: number;
  readonly columns: UsageColumns;
}

/**
 * Writes the identity entries of all records of a segment, side by side from `at` on: the same bytes as `writeIdentity` writes for each of the
 * records. Not for what amendments put in, which has an identity of its own. Throws a RangeError where an entry cannot say the place.
 */
export function writeIdentities(entries: Buffer, at: number, segment: IdentifiedSegment): void {
  const { position, columns } = segment;
  const { count } = columns;
  if (count === 0) return;
  checkPlace({ position, index: count - 1 });
  const module = hashModule();
  const subjects = subjectsOf(segment);
  const ids = idsOf(columns);
  const longest = subjects.texts.longest + ids.longest;
  const { ends, bytes } = subjects.texts;
  module.reserve(count, ends.length, bytes.length, ids.bytes.length, longest);
  putSubjects(module, subjects);
  put(module, module.ids.value, ids.bytes);
  if (ids.ends !== null) put(module, module.idEnds.value, ids.ends);
  module.identities(count, ids.ends === null, Math.floor(position / 2 ** 32), position % 2 ** 32);
  const width = IDENTITY_RUNS.entryBytes;
  entries.set(new Uint8Array(module.memory.buffer, module.entries.value, count * width), at);
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

/** What messages begin with, the tenant and the subject, and by record the number of its beginning. */
interface Subjects {
  readonly texts: JoinedTexts;
  readonly of: Int32Array;
}

/** Each is made once for all records that a segment tells together. */
function subjectsOf({ tenant, columns }: IdentifiedSegment): Subjects {
  const { customers, subscriptions } = columns;
  if (areTexts(customers.of)) {
    const before = `${tenant}\0${subjectOf({ customerId: '' })}`;
    return { texts: joinTexts(customers.of, before, '\0'), of: customers.index };
  }
  // The subject is the subscription where a record names only that.
  const prefix = (subject: Parameters<typeof subjectOf>[0]): string =>
    `${tenant}\0${subjectOf(subject)}\0`;
  const ofCustomers = customers.of.map((customerId) => prefix({ customerId }));
  const ofSubscriptions = subscriptions.of.map((subscriptionId) => prefix({ subscriptionId }));
  const of = customers.index.map((customer, index) =>
    customers.of[customer] === undefined
      ? customers.of.length + subscriptions.index[index]!
      : customer,
  );
  return { texts: joinTexts([...ofCustomers, ...ofSubscriptions]), of };
}

const areTexts = (of: readonly (string | undefined)[]): of is readonly string[] =>
  !of.includes(undefined);

function putSubjects(module: HashModule, { texts, of }: Subjects): void {
  put(module, module.prefixes.value, texts.bytes);
  put(module, module.prefixEnds.value, texts.ends);
  put(module, module.prefixOf.value, of);
}

/** Words go as this machine has them: WebAssembly's order is that of all machines Node runs on. */
function put({ memory }: HashModule, at: number, values: Uint8Array | Int32Array): void {
  new Uint8Array(memory.buffer, at, values.byteLength).set(
    values instanceof Uint8Array
      ? values
      : new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  );
}
