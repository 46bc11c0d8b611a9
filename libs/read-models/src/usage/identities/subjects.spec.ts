import type { UsageRecord } from '@odometer/domain';
import { columnsOfRecords } from '@odometer/event-store';
import { subjectHash, writeIdentity } from '../identity.js';
import { IDENTITY_RUNS } from '../run-formats.js';
import { subjectTable } from './subjects.js';
import { writeIdentities } from './write-identities.js';

const recordOf = (subject: Pick<UsageRecord, 'customerId' | 'subscriptionId'>): UsageRecord => ({
  transactionId: 't',
  code: 'c',
  timestamp: 1,
  ...subject,
});

const numbersOf = (tenant: string, records: readonly UsageRecord[]): Int32Array =>
  subjectTable().of(tenant, columnsOfRecords(records)).customers;

describe('the subjects of a segment', () => {
  it('are those that its columns name, by number', () => {
    const columns = columnsOfRecords([
      recordOf({ customerId: 'a', subscriptionId: 'b' }),
      recordOf({ subscriptionId: 'a' }),
    ]);
    const { table, customers, subscriptions } = subjectTable().of('t', columns);
    const ids = (numbers: Int32Array): unknown[] => Array.from(numbers, (n) => table.ids[n]);
    expect(ids(customers)).toEqual(['a', undefined]);
    expect(ids(subscriptions)).toEqual(['b', 'a']);
    const hashOf = (n: number): unknown => ({ high: table.highs[n], low: table.lows[n] });
    expect(hashOf(customers[0]!)).toEqual(subjectHash('t', 'c:a'));
    expect(hashOf(subscriptions[1]!)).toEqual(subjectHash('t', 's:a'));
  });

  it('are the same for all segments of a tenant', () => {
    const [once, again, elsewhere] = ['t', 't', 'u'].map(
      (tenant) => numbersOf(tenant, [recordOf({ customerId: 'a' })])[0],
    );
    expect(again).toBe(once);
    expect(elsewhere).not.toBe(once);
  });

  it('are hashed alike when there were too many of them to be remembered', () => {
    const record = recordOf({ customerId: 'customer 7' });
    const columns = columnsOfRecords([record]);
    const before = subjectTable();
    numbersOf(
      't',
      Array.from({ length: 50_001 }, (_, n) => recordOf({ customerId: `${n}` })),
    );
    expect(before.size).toBeGreaterThan(50_000);
    const subjects = subjectTable().of('t', columns);
    expect(subjects.table.size).toBe(1);
    const [entries, expected] = [1, 2].map(() => Buffer.alloc(IDENTITY_RUNS.entryBytes));
    const segments = [{ position: 1, base: 0, count: 1 }];
    writeIdentities(entries!, 0, { segments, base: 0, columns, subjects });
    writeIdentity(expected!, 0, { tenant: 't', record, place: { position: 1, index: 0 } });
    expect(entries!.equals(expected!)).toBe(true);
  });

  it('are refused where a record names nobody', () => {
    const columns = columnsOfRecords([
      recordOf({ customerId: 'a' }),
      recordOf({ customerId: 'a' }),
      recordOf({}),
    ]);
    const subjects = subjectTable().of('t', columns);
    const entries = Buffer.alloc(IDENTITY_RUNS.entryBytes);
    const segments = [
      { position: 4, base: 50, count: 1 },
      { position: 5, base: 51, count: 2 },
    ];
    expect(() => writeIdentities(entries, 0, { segments, base: 50, columns, subjects })).toThrow(
      'usage record 1 at position 5 names nobody',
    );
  });
});
