import { type UsageRecord } from '@odometer/domain';
import { parseExactJson } from '../body/exact-json.js';
import { readBatch } from '../record/read-batch.js';
import { MESSAGE_BYTES_MAX, MESSAGE_RECORDS_MAX } from './limits.js';
import type { Outgoing } from './outbox.js';
import { partitionOf } from './partition-of.js';
import { readMessage } from './read-message.js';
import { messagesOf } from './usage-messages.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const ORIGIN = { tenant: 'acme', actor: 'key_1' };
const PARTITIONS = 4;

type Sent = Readonly<Record<string, unknown>>;

const sent = (n: number, more: Sent = {}): Sent => ({
  transaction_id: `t-${n}`,
  code: 'calls',
  customer_id: `c-${n % 50}`,
  timestamp: 1_700_000_000 + n,
  properties: { n, text: 'größe' },
  ...more,
});

const batchOf = (records: readonly Sent[]) =>
  readBatch(parseExactJson(Buffer.from(JSON.stringify(records))), {
    receivedAt: NOW - 5,
    partial: false,
    list: 'plain',
  });

const messages = (records: readonly Sent[]): Outgoing[] =>
  messagesOf(ORIGIN, batchOf(records), { now: NOW, partitions: PARTITIONS });

/** As the consumer reads them, by partition. */
function read(outgoing: readonly Outgoing[]): Map<number, UsageRecord[]> {
  const byPartition = new Map<number, UsageRecord[]>();
  for (const { message, bytes } of outgoing) {
    expect(Buffer.byteLength(String(message.value))).toBeLessThanOrEqual(bytes);
    const { records, ...origin } = readMessage(
      {
        key: Buffer.from(String(message.key)),
        value: Buffer.from(String(message.value)),
        headers: message.headers ?? {},
        timestamp: String(NOW + 9),
        attributes: 0,
        offset: '0',
      },
      { defaultTenant: 'other', readAt: NOW + 10 },
    );
    expect(origin).toMatchObject(ORIGIN);
    const partition = partitionOf(String(message.key), PARTITIONS);
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), ...records]);
  }
  return byPartition;
}

it('the records of a request share a message for each partition, which keeps the order of each subject', () => {
  const records = Array.from({ length: 1_000 }, (_, n) => sent(n));
  const outgoing = messages(records);
  expect(outgoing).toHaveLength(PARTITIONS);
  for (const [partition, found] of read(outgoing)) {
    const wanted = batchOf(records).records.filter(
      ({ customerId }) => partitionOf(`acme:c:${customerId}`, PARTITIONS) === partition,
    );
    expect(found).toEqual(wanted);
  }
});

it('one record is a message as an application writes it, with the key of its subject', () => {
  const [outgoing, ...more] = messages([sent(7)]);
  expect(more).toEqual([]);
  expect(outgoing!.message).toMatchObject({
    key: 'acme:c:c-7',
    headers: { 'odometer-tenant': 'acme', 'odometer-received-at': String(NOW) },
  });
  expect(JSON.parse(String(outgoing!.message.value))).toEqual({
    ...sent(7),
    timestamp: new Date(1_700_000_007_000).toISOString(),
  });
});

it('records without a time keep that of their arrival', () => {
  const timeless = [1, 2, 3].map((n) => sent(n, { customer_id: 'c', timestamp: undefined }));
  const found = [...read(messages([...timeless, sent(4, { customer_id: 'c' })])).values()].flat();
  expect(found.map(({ timestamp }) => timestamp)).toEqual([
    ...[NOW - 5, NOW - 5, NOW - 5],
    1_700_000_004_000,
  ]);
});

it(`a message holds ${MESSAGE_RECORDS_MAX} records at most`, () => {
  const one = Array.from({ length: MESSAGE_RECORDS_MAX + 1 }, (_, n) =>
    sent(n, { customer_id: 'c' }),
  );
  const counts = messages(one).map(({ message }) => JSON.parse(String(message.value)) as object[]);
  expect(counts[0]).toHaveLength(MESSAGE_RECORDS_MAX);
  expect(counts).toHaveLength(2);
});

it('a message stays below its bytes, whatever is in it', () => {
  const text = '"\\ü'.repeat(4_000);
  const large = Array.from({ length: 40 }, (_, n) =>
    sent(n, { customer_id: 'c', properties: { text } }),
  );
  const outgoing = messages(large);
  expect(outgoing.length).toBeGreaterThan(1);
  for (const { message } of outgoing)
    expect(Buffer.byteLength(String(message.value))).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
  expect([...read(outgoing).values()].flat()).toHaveLength(40);
});
