import type { UsageRecord } from '@odometer/domain';
import { columnsOfRecords } from '@odometer/event-store';
import { subjectHash, writeIdentity } from '../identity.js';
import { IDENTITY_RUNS } from '../run-formats.js';
import { forgetManySubjects, subjectsOf } from './subjects.js';
import { writeIdentities } from './write-identities.js';

const recordOf = (subject: Pick<UsageRecord, 'customerId' | 'subscriptionId'>): UsageRecord => ({
  transactionId: 't',
  code: 'c',
  timestamp: 1,
  ...subject,
});

describe('the subjects of a segment', () => {
  it('are those that its columns name, by number', () => {
    const columns = columnsOfRecords([
      recordOf({ customerId: 'a', subscriptionId: 'b' }),
      recordOf({ subscriptionId: 'a' }),
    ]);
    const { customers, subscriptions } = subjectsOf('t', columns);
    expect(customers.map((subject) => subject?.id)).toEqual(['a', undefined]);
    expect(subscriptions.map((subject) => subject?.id)).toEqual(['b', 'a']);
    expect(customers[0]!.hash).toEqual(subjectHash('t', 'c:a'));
    expect(subscriptions[1]!.hash).toEqual(subjectHash('t', 's:a'));
  });

  it('are the same for all segments of a tenant', () => {
    const [once, again, elsewhere] = ['t', 't', 'u'].map(
      (tenant) => subjectsOf(tenant, columnsOfRecords([recordOf({ customerId: 'a' })])).customers,
    );
    expect(again![0]).toBe(once![0]);
    expect(elsewhere![0]).not.toBe(once![0]);
  });

  it('are hashed alike when they were forgotten between two batches', () => {
    const record = recordOf({ customerId: 'customer 7' });
    const columns = columnsOfRecords([record]);
    const before = subjectsOf('t', columns);
    const many = Array.from({ length: 50_001 }, (_, n) => recordOf({ customerId: `${n}` }));
    subjectsOf('t', columnsOfRecords(many));
    forgetManySubjects();
    const subjects = subjectsOf('t', columns);
    expect(subjects.customers[0]).not.toBe(before.customers[0]);
    const [entries, expected] = [1, 2].map(() => Buffer.alloc(IDENTITY_RUNS.entryBytes));
    writeIdentities(entries!, 0, { position: 1, columns, subjects });
    writeIdentity(expected!, 0, { tenant: 't', record, place: { position: 1, index: 0 } });
    expect(entries!.equals(expected!)).toBe(true);
  });

  it('are refused where a record names nobody', () => {
    const columns = columnsOfRecords([recordOf({})]);
    const subjects = subjectsOf('t', columns);
    const entries = Buffer.alloc(IDENTITY_RUNS.entryBytes);
    expect(() => writeIdentities(entries, 0, { position: 5, columns, subjects })).toThrow(
      'usage record 0 at position 5 names nobody',
    );
  });
});
