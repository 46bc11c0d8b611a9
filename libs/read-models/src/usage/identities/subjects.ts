import { subjectOf } from '@odometer/domain';
import type { TextList, UsageColumns } from '@odometer/event-store';
import { hashOfSubject } from '../identity.js';
import type { SeriesEntry } from '../series-cache.js';
import { IdTable, NO_NUMBER } from './id-table.js';
import { keepSubjectHash } from './hash-module.js';

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
  readonly tenant: string;
  /** Tenants count from 0. */
  readonly number: number;
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
  /** First two words of their hashes, with which the postings of their records begin. */
  highs: Int32Array = new Int32Array(ROOM_AT_FIRST);
  lows: Int32Array = new Int32Array(ROOM_AT_FIRST);
  private readonly byTenant = new Map<string, TenantSubjects>();
  /** Customers that are known, by tenant. */
  private readonly listed = new IdTable();

  get size(): number {
    return this.ids.length;
  }

  /** Looks the subjects of a segment up. Its columns hold the ids as the table has them from now on, so that those of many segments are held once. */
  of(tenant: string, { customers, subscriptions }: NamedIds): SegmentSubjects {
    const ofTenant = this.ofTenant(tenant);
    return {
      table: this,
      customers:
        customers.listed === null
          ? this.numbersOf(customers.of, (id) => this.customer(ofTenant, id))
          : this.numbersOfListed(customers.listed, ofTenant),
      subscriptions: this.numbersOf(subscriptions.of, (id) => this.subscription(ofTenant, id)),
    };
  }

  private ofTenant(tenant: string): TenantSubjects {
    let ofTenant = this.byTenant.get(tenant);
    if (ofTenant === undefined) {
      const number = this.byTenant.size;
      ofTenant = { tenant, number, customers: new Map(), subscriptions: new Map() };
      this.byTenant.set(tenant, ofTenant);
    }
    return ofTenant;
  }

  private numbersOf(ids: (string | undefined)[], numberOf: (id: string) => number): Int32Array {
    if (ids.length === 1 && ids[0] === undefined) return NOBODY;
    const numbers = new Int32Array(ids.length);
    for (let i = 0; i < numbers.length; i += 1) {
      const id = ids[i];
      if (id === undefined) {
        numbers[i] = NO_SUBJECT;
        continue;
      }
      const number = numberOf(id);
      ids[i] = this.ids[number];
      numbers[i] = number;
    }
    return numbers;
  }

  private numbersOfListed(list: TextList, ofTenant: TenantSubjects): Int32Array {
    const { listed } = this;
    const ids = { list, owner: ofTenant.number };
    const numbers = new Int32Array(list.count);
    for (let i = 0; i < numbers.length; i += 1) {
      let number = listed.find(ids, i);
      if (number === NO_NUMBER) {
        number = this.customer(ofTenant, list.at(i));
        listed.add(ids, i, number);
      }
      numbers[i] = number;
    }
    return numbers;
  }

  private customer({ tenant, customers }: TenantSubjects, customerId: string): number {
    let number = customers.get(customerId);
    if (number === undefined) {
      number = this.add(tenant, customerId, subjectOf({ customerId }));
      customers.set(customerId, number);
    }
    return number;
  }

  private subscription({ tenant, subscriptions }: TenantSubjects, subscriptionId: string): number {
    let number = subscriptions.get(subscriptionId);
    if (number === undefined) {
      number = this.add(tenant, subscriptionId, subjectOf({ subscriptionId }));
      subscriptions.set(subscriptionId, number);
    }
    return number;
  }

  private add(tenant: string, id: string, subject: string): number {
    const number = this.ids.push(id) - 1;
    if (number === this.highs.length) this.grow();
    this.series.push([]);
    const hash = hashOfSubject(tenant, subject);
    keepSubjectHash(hash, number);
    this.highs[number] = hash.readInt32BE(0);
    this.lows[number] = hash.readInt32BE(4);
    return number;
  }

  private grow(): void {
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
 * The table of this thread, for one batch; where too many are remembered, a new one. Nothing more can be hashed with an earlier one: the hashing
 * keeps the subjects of one table only.
 */
export function subjectTable(): SubjectTable {
  if (table.size > SUBJECTS_REMEMBERED) table = new SubjectTable();
  return table;
}
