import { subjectOf } from '@odometer/domain';
import type { UsageColumns } from '@odometer/event-store';
import { subjectHash } from '../identity.js';
import type { SeriesEntry } from '../series-cache.js';
import { keepPrefix } from './hash-module.js';

/** Subjects that a thread remembers from one batch to the next. */
const SUBJECTS_REMEMBERED = 50_000;

/** Stands for the subject of records that name none. */
export const NO_SUBJECT = -1;

/** Whom the records of a segment are about: by the numbers that its columns have for them, those of a table. */
export interface SegmentSubjects {
  readonly table: SubjectTable;
  readonly customers: Int32Array;
  readonly subscriptions: Int32Array;
}

type NamedIds = Pick<UsageColumns, 'customers' | 'subscriptions'>;

/** Numbers of the subjects of one tenant, by id. */
interface TenantSubjects {
  readonly customers: Map<string, number>;
  readonly subscriptions: Map<string, number>;
}

const ROOM_AT_FIRST = 1_024;

/**
 * Those whom records are about, each with a number, so that what folding a record needs of them is looked up once for each segment. It is kept in
 * columns by that number: thousands of subjects that come in any order would not stay in the processor's caches as objects.
 */
export class SubjectTable {
  /** As records name them. */
  readonly ids: string[] = [];
  /** Series of each that were in use lately; see `SeriesCache.knownOf`. */
  readonly series: SeriesEntry[][] = [];
  /** Where the fronts of their records' identities stand among the prefixes of the hashing, as long as the table is that of the thread. */
  starts: Int32Array = new Int32Array(ROOM_AT_FIRST);
  ends: Int32Array = new Int32Array(ROOM_AT_FIRST);
  /** The two words of their hashes, with which the postings of their records begin. */
  highs: Int32Array = new Int32Array(ROOM_AT_FIRST);
  lows: Int32Array = new Int32Array(ROOM_AT_FIRST);
  /** Bytes of all prefixes. */
  prefixBytes = 0;
  private readonly byTenant = new Map<string, TenantSubjects>();

  get size(): number {
    return this.ids.length;
  }

  /** Looks the subjects of a segment up. Its columns hold the ids as the table has them from now on, so that those of many segments are held once. */
  of(tenant: string, { customers, subscriptions }: NamedIds): SegmentSubjects {
    let ofTenant = this.byTenant.get(tenant);
    if (ofTenant === undefined) {
      ofTenant = { customers: new Map(), subscriptions: new Map() };
      this.byTenant.set(tenant, ofTenant);
    }
    return {
      table: this,
      customers: this.numbersOf(customers.of, ofTenant.customers, (customerId) =>
        this.add(tenant, customerId, subjectOf({ customerId })),
      ),
      subscriptions: this.numbersOf(subscriptions.of, ofTenant.subscriptions, (subscriptionId) =>
        this.add(tenant, subscriptionId, subjectOf({ subscriptionId })),
      ),
    };
  }

  private numbersOf(
    ids: (string | undefined)[],
    known: Map<string, number>,
    add: (id: string) => number,
  ): Int32Array {
    if (ids.length === 1 && ids[0] === undefined) return NOBODY;
    const numbers = new Int32Array(ids.length);
    for (let i = 0; i < numbers.length; i += 1) {
      const id = ids[i];
      if (id === undefined) {
        numbers[i] = NO_SUBJECT;
        continue;
      }
      let number = known.get(id);
      if (number === undefined) {
        number = add(id);
        known.set(id, number);
      }
      ids[i] = this.ids[number];
      numbers[i] = number;
    }
    return numbers;
  }

  private add(tenant: string, id: string, subject: string): number {
    const number = this.ids.push(id) - 1;
    if (number === this.starts.length) this.grow();
    this.series.push([]);
    const prefix = Buffer.from(`${tenant}\0${subject}\0`);
    keepPrefix(prefix, this.prefixBytes);
    this.starts[number] = this.prefixBytes;
    this.prefixBytes += prefix.length;
    this.ends[number] = this.prefixBytes;
    const { high, low } = subjectHash(tenant, subject);
    this.highs[number] = high;
    this.lows[number] = low;
    return number;
  }

  private grow(): void {
    this.starts = twiceAsLong(this.starts);
    this.ends = twiceAsLong(this.ends);
    this.highs = twiceAsLong(this.highs);
    this.lows = twiceAsLong(this.lows);
  }
}

const NOBODY = Int32Array.of(NO_SUBJECT);

function twiceAsLong(words: Int32Array): Int32Array {
  const longer = new Int32Array(words.length * 2);
  longer.set(words);
  return longer;
}

let table = new SubjectTable();

/**
 * The table of this thread, for one batch; where too many are remembered, a new one. Nothing more can be hashed with an earlier one, whose prefixes
 * make room.
 */
export function subjectTable(): SubjectTable {
  if (table.size > SUBJECTS_REMEMBERED) table = new SubjectTable();
  return table;
}
