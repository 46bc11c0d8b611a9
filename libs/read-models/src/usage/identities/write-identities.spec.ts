import { hash } from 'node:crypto';
import fc from 'fast-check';
import type { UsageRecord } from '@odometer/domain';
import {
  columnsOfRecords,
  decodeSegment,
  encodeSegment,
  type UsageColumns,
} from '@odometer/event-store';
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

/** A segment that is worked on alone. */
const partOf = (
  tenant: string,
  position: number,
  columns: UsageColumns,
): Parameters<typeof writeIdentities>[2] => ({
  segments: [{ position, base: 7, count: columns.count }],
  base: 7,
  columns,
  subjects: subjectTable().of(tenant, columns),
});

/** First half of a SHA-256. */
const front = (message: Buffer): Buffer =>
  Buffer.from(hash('sha256', message, 'hex').slice(0, 32), 'hex');

describe('the identities of a segment', () => {
  it('are those of its records', async () => {
    await fc.assert(
      fc.asyncProperty(id, records, fc.nat(), async (tenant, list, position) => {
        const packed = decodeSegment(Buffer.from(await encodeSegment({ records: list })));
        for (const columns of [packed, columnsOfRecords(list)]) {
          const entries = Buffer.alloc(AT + list.length * WIDTH);
          writeIdentities(entries, AT, partOf(tenant, position, columns));
          expect(entries.equals(oneByOne(tenant, list, position))).toBe(true);
        }
      }),
    );
  });

  it('of some segments that are worked on together have the places of each', () => {
    const columns = columnsOfRecords(
      Array.from({ length: 7 }, (_, n) => ({
        transactionId: `${n}`,
        code: 'c',
        customerId: 'a',
        timestamp: 1,
      })),
    );
    const segments = [
      { position: 9, base: 40, count: 2 },
      { position: 2 ** 33, base: 42, count: 0 },
      { position: 2 ** 40 + 5, base: 42, count: 5 },
    ];
    const subjects = subjectTable().of('t', columns);
    const entries = Buffer.alloc(7 * WIDTH);
    writeIdentities(entries, 0, { segments, base: 40, columns, subjects });
    const list = columns.records;
    const expected = [
      oneByOne('t', list.slice(0, 2), 9),
      oneByOne('t', list.slice(2), 2 ** 40 + 5),
    ];
    const bytes = Buffer.concat(expected.map((each) => each.subarray(AT)));
    expect(entries.toString('hex')).toBe(bytes.toString('hex'));
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
    writeIdentities(entries, AT, partOf('t', 1, columns));
    expect(entries.equals(oneByOne('t', list, 1))).toBe(true);
  });

  it('never change: finalized invoices carry their digests', () => {
    const entries = Buffer.alloc(WIDTH);
    const transactionId = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const record = { transactionId, code: 'c', customerId: 'acme', timestamp: 1 };
    const columns = columnsOfRecords([record]);
    writeIdentities(entries, 0, partOf('default', 258, columns));
    const subject = front(Buffer.from('default\0c:acme'));
    const identity = front(Buffer.concat([subject, Buffer.from(transactionId)]));
    expect(entries.toString('hex')).toBe(`${identity.toString('hex')}0000000001020000`);
    expect(identity.toString('hex')).toBe('cee740b5cf7b8549db0b20344ddfeeee');
  });

  it('of one record are made of its subject, its id, and where it was amended', () => {
    const entry = Buffer.alloc(WIDTH);
    const place = { position: 2 ** 40 + 3, index: 513 };
    for (const [subject, record] of [
      ['c:a', { transactionId: 'é\ud83d', customerId: 'a', subscriptionId: 'b' }],
      ['s:b', { transactionId: 'x'.repeat(200), subscriptionId: 'b' }],
      ['s:b', { transactionId: '', subscriptionId: 'b', amendedAt: 77 }],
    ] as const) {
      writeIdentity(entry, 0, { tenant: 't', record, place });
      const { transactionId, amendedAt } = { amendedAt: undefined, ...record };
      const id = amendedAt === undefined ? transactionId : `${transactionId}\0${amendedAt}`;
      const expected = front(Buffer.concat([front(Buffer.from(`t\0${subject}`)), Buffer.from(id)]));
      expect(entry.toString('hex')).toBe(`${expected.toString('hex')}0100000000030201`);
    }
  });

  it('are told apart by tenant and by kind of subject', () => {
    const of = (tenant: string, record: Partial<UsageRecord>): string => {
      const entry = Buffer.alloc(WIDTH);
      const place = { position: 1, index: 0 };
      writeIdentity(entry, 0, { tenant, record: { transactionId: 'x', ...record }, place });
      return entry.toString('hex');
    };
    const all = ['t', 'u'].flatMap((tenant) => [
      of(tenant, { customerId: 'a' }),
      of(tenant, { subscriptionId: 'a' }),
      of(tenant, { customerId: 'a', amendedAt: 1 }),
    ]);
    expect(new Set(all).size).toBe(6);
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
    writeIdentities(entries, AT, partOf('t', 2 ** 40 + 1, columns));
    expect(entries.equals(oneByOne('t', list, 2 ** 40 + 1))).toBe(true);
  });

  it('of ids of any length are those of each, wherever their blocks end', () => {
    for (const length of [...Array(150).keys(), 36, 100, 36]) {
      // Three lanes are of one length, and the fourth mostly takes another number of blocks.
      const list = Array.from({ length: 9 }, (_, n) => ({
        transactionId: `${n}`.padEnd(n % 4 === 3 ? (length * 5) % 150 : length, 'i'),
        code: 'c',
        customerId: n < 7 ? 'a' : 'longer',
        timestamp: 1,
      }));
      const columns = columnsOfRecords(list);
      const entries = Buffer.alloc(AT + list.length * WIDTH);
      writeIdentities(entries, AT, partOf('t', 3, columns));
      expect(entries.equals(oneByOne('t', list, 3))).toBe(true);
    }
  });

  it('are refused at a place that an entry cannot say', () => {
    const columns = columnsOfRecords([
      { transactionId: 't', code: 'c', customerId: 'a', timestamp: 1 },
    ]);
    const entries = Buffer.alloc(WIDTH);
    expect(() => writeIdentities(entries, 0, partOf('t', 2 ** 48, columns))).toThrow(RangeError);
  });
});
