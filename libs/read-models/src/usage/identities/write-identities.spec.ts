import fc from 'fast-check';
import type { UsageRecord } from '@odometer/domain';
import { columnsOfRecords, decodeSegment, encodeSegment } from '@odometer/event-store';
import { writeIdentity } from '../identity.js';
import { IDENTITY_RUNS } from '../run-formats.js';
import { subjectTable } from './subjects.js';
import { writeIdentities } from './write-identities.js';

const id = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' });
const subjects = fc.oneof(
  id.map((customerId) => ({ customerId })),
  id.map((subscriptionId) => ({ subscriptionId })),
  fc.constantFrom({ customerId: 'c', subscriptionId: 's' }, { customerId: 'd' }),
);
const recordsOf = (ids: fc.Arbitrary<string>): fc.Arbitrary<UsageRecord[]> =>
  fc.array(
    fc
      .tuple(ids, subjects)
      .map(([transactionId, subject]) => ({ transactionId, code: 'c', timestamp: 1, ...subject })),
    { minLength: 1, maxLength: 60, size: 'max' },
  );
const records = fc.oneof(recordsOf(fc.uuid()), recordsOf(id));

const WIDTH = IDENTITY_RUNS.entryBytes;
const AT = WIDTH * 2;

const oneByOne = (tenant: string, list: readonly UsageRecord[], position: number): Buffer => {
  const entries = Buffer.alloc(AT + list.length * WIDTH);
  list.forEach((record, index) =>
    writeIdentity(entries, AT + index * WIDTH, { tenant, record, place: { position, index } }),
  );
  return entries;
};

describe('the identities of a segment', () => {
  it('are those of its records', async () => {
    await fc.assert(
      fc.asyncProperty(id, records, fc.nat(), async (tenant, list, position) => {
        const packed = decodeSegment(Buffer.from(await encodeSegment({ records: list })));
        for (const columns of [packed, columnsOfRecords(list)]) {
          const entries = Buffer.alloc(AT + list.length * WIDTH);
          writeIdentities(entries, AT, {
            position,
            columns,
            subjects: subjectTable().of(tenant, columns),
          });
          expect(entries.equals(oneByOne(tenant, list, position))).toBe(true);
        }
      }),
    );
  });

  it('keep halves of surrogate pairs apart', () => {
    const list = ['a\ud83d', '\ude00', '\ud83d\ude00'].map((transactionId) => ({
      transactionId,
      code: 'c',
      customerId: transactionId,
      timestamp: 1,
    }));
    const entries = Buffer.alloc(AT + list.length * WIDTH);
    const columns = columnsOfRecords(list);
    const subjects = subjectTable().of('t', columns);
    writeIdentities(entries, AT, { position: 1, columns, subjects });
    expect(entries.equals(oneByOne('t', list, 1))).toBe(true);
  });

  it('never change: finalized invoices carry their digests', () => {
    const entries = Buffer.alloc(WIDTH);
    const transactionId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const record = { transactionId, code: 'c', customerId: 'acme', timestamp: 1 };
    const columns = columnsOfRecords([record]);
    writeIdentities(entries, 0, {
      position: 258,
      columns,
      subjects: subjectTable().of('default', columns),
    });
    expect(entries.toString('hex')).toBe('49be5d5ae5b777de91d429f41c2685fc0000000001020000');
  });

  it('of much text are whole', () => {
    const list = Array.from({ length: 700 }, (_, n) => ({
      transactionId: `${'é'.repeat(100)}${n}`,
      code: 'c',
      customerId: `customer ${n}`,
      timestamp: 1,
    }));
    const entries = Buffer.alloc(AT + list.length * WIDTH);
    const columns = columnsOfRecords(list);
    writeIdentities(entries, AT, {
      position: 2 ** 40 + 1,
      columns,
      subjects: subjectTable().of('t', columns),
    });
    expect(entries.equals(oneByOne('t', list, 2 ** 40 + 1))).toBe(true);
  });

  it('of messages of one length are those of each, wherever their blocks end', () => {
    const list = Array.from({ length: 9 }, (_, n) => ({
      transactionId: `0f8fad5b-d9cb-469f-a165-7086772895${n}e`,
      code: 'c',
      customerId: n < 7 ? 'a' : 'longer',
      timestamp: 1,
    }));
    for (const length of [...Array(140).keys(), 20, 84, 20]) {
      const tenant = 't'.repeat(length);
      const columns = columnsOfRecords(list);
      const entries = Buffer.alloc(AT + list.length * WIDTH);
      const subjects = subjectTable().of(tenant, columns);
      writeIdentities(entries, AT, { position: 3, columns, subjects });
      expect(entries.equals(oneByOne(tenant, list, 3))).toBe(true);
    }
  });

  it('are refused at a place that an entry cannot say', () => {
    const columns = columnsOfRecords([
      { transactionId: 't', code: 'c', customerId: 'a', timestamp: 1 },
    ]);
    const entries = Buffer.alloc(WIDTH);
    expect(() =>
      writeIdentities(entries, 0, {
        position: 2 ** 48,
        columns,
        subjects: subjectTable().of('t', columns),
      }),
    ).toThrow(RangeError);
  });
});
