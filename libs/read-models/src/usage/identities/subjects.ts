import { subjectOf } from '@odometer/domain';
import type { UsageColumns } from '@odometer/event-store';
import { subjectHash, type SubjectHash } from '../identity.js';
import type { SeriesEntry } from '../series-cache.js';
import { keepPrefix } from './hash-module.js';

/** Subjects that a thread remembers from one batch to the next. */
const SUBJECTS_REMEMBERED = 50_000;

/** Somebody whom records are about, as this thread knows them: what folding a record needs of them is looked up once for each segment. */
export interface Subject {
  /** As records name it. */
  readonly id: string;
  /** What the postings of its records begin with. */
  readonly hash: SubjectHash;
  /** Where the front of its records' identities stands among the prefixes of the hashing, until subjects are forgotten. */
  readonly start: number;
  readonly end: number;
  /** Series of it that were in use lately; see `SeriesCache.knownOf`. */
  readonly series: SeriesEntry[];
}

/** Undefined for records that name nobody. */
export type Subjects = readonly (Subject | undefined)[];

/** Whom the records of a segment are about, by the numbers that its columns have for them. */
export interface SegmentSubjects {
  readonly customers: Subjects;
  readonly subscriptions: Subjects;
}

type NamedIds = Pick<UsageColumns, 'customers' | 'subscriptions'>;

/** Those of one tenant, by id. */
interface TenantSubjects {
  readonly customers: Map<string, Subject>;
  readonly subscriptions: Map<string, Subject>;
}

/** Those that this thread knows. */
const known = new Map<string, TenantSubjects>();
let count = 0;
/** Bytes of their prefixes. */
let bytes = 0;

/** To be called before a batch: where too many subjects are remembered, all are forgotten. Then none of an earlier batch can be hashed with. */
export function forgetManySubjects(): void {
  if (count <= SUBJECTS_REMEMBERED) return;
  known.clear();
  count = 0;
  bytes = 0;
}

/** Looks the subjects of a segment up. Its columns hold the ids as the subjects have them from now on, so that those of many segments are held once. */
export function subjectsOf(
  tenant: string,
  { customers, subscriptions }: NamedIds,
): SegmentSubjects {
  let ofTenant = known.get(tenant);
  if (ofTenant === undefined) {
    ofTenant = { customers: new Map(), subscriptions: new Map() };
    known.set(tenant, ofTenant);
  }
  return {
    customers: named(customers.of, ofTenant.customers, (customerId) =>
      newSubject(tenant, customerId, subjectOf({ customerId })),
    ),
    subscriptions: named(subscriptions.of, ofTenant.subscriptions, (subscriptionId) =>
      newSubject(tenant, subscriptionId, subjectOf({ subscriptionId })),
    ),
  };
}

const NOBODY: Subjects = [undefined];

function named(
  ids: (string | undefined)[],
  byId: Map<string, Subject>,
  make: (id: string) => Subject,
): Subjects {
  if (ids.length === 1 && ids[0] === undefined) return NOBODY;
  const subjects = new Array<Subject | undefined>(ids.length);
  for (let i = 0; i < subjects.length; i += 1) {
    const id = ids[i];
    if (id === undefined) {
      subjects[i] = undefined;
      continue;
    }
    let subject = byId.get(id);
    if (subject === undefined) {
      subject = make(id);
      byId.set(id, subject);
    }
    ids[i] = subject.id;
    subjects[i] = subject;
  }
  return subjects;
}

function newSubject(tenant: string, id: string, subject: string): Subject {
  const prefix = Buffer.from(`${tenant}\0${subject}\0`);
  const start = bytes;
  const end = start + prefix.length;
  keepPrefix(prefix, start);
  count += 1;
  bytes = end;
  return { id, hash: subjectHash(tenant, subject), start, end, series: [] };
}

/** Bytes that the prefixes of all known subjects take. */
export const prefixBytes = (): number => bytes;
