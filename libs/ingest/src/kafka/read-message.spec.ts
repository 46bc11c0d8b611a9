import { CloudEvent, Kafka } from 'cloudevents';
import fc from 'fast-check';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { parseExactJson } from '../body/exact-json.js';
import { readOne } from '../record/read-batch.js';
import { Poison, readMessage } from './read-message.js';
import { messagesOf } from './usage-messages.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const SENT = { transaction_id: 'tx-1', code: 'api_calls', customer_id: 'customer-1' };
const RECORD = { transactionId: 'tx-1', code: 'api_calls', customerId: 'customer-1' };
const CONTEXT = { defaultTenant: 'acme', readAt: NOW };

interface Sent {
  readonly headers?: IHeaders;
  readonly key?: string;
  readonly timestamp?: number;
}

/** As kafkajs hands a message over: bytes everywhere. */
function message(
  value: unknown,
  { headers = {}, key, timestamp = NOW - 5 }: Sent = {},
): KafkaMessage {
  const text = typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value);
  return {
    key: key === undefined ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(text),
    timestamp: String(timestamp),
    attributes: 0,
    offset: '0',
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([, one]) => one !== undefined)
        .map(([name, one]) => [name, Buffer.from(String(one))]),
    ),
  };
}

const read = (value: unknown, sent?: Sent) => readMessage(message(value, sent), CONTEXT);

function poisonOf(value: unknown, sent?: Sent): Poison {
  try {
    read(value, sent);
  } catch (error) {
    if (error instanceof Poison) return error;
    throw error;
  }
  throw new Error('the message was read');
}

describe('our JSON', () => {
  it('is one record', () => {
    expect(read({ ...SENT, timestamp: '2026-01-31T10:00:00Z' })).toMatchObject({
      tenant: 'acme',
      actor: 'kafka',
      records: [{ ...RECORD, timestamp: Date.parse('2026-01-31T10:00:00Z') }],
    });
  });

  it('is an array of records, empty or not', () => {
    const { records } = read([SENT, { ...SENT, transaction_id: 'tx-2' }]);
    expect(records.map((record) => record.transactionId)).toEqual(['tx-1', 'tx-2']);
    expect(read([]).records).toEqual([]);
  });

  it('keeps every digit of a property', () => {
    const [record] = read(
      `{"transaction_id":"t","code":"c","customer_id":"x","properties":{"n":0.12345678901234567890}}`,
    ).records;
    expect(record?.properties).toEqual({ n: '0.1234567890123456789' });
  });

  it('belongs to the tenant and the actor of its headers', () => {
    const headers = { 'odometer-tenant': 'globex', 'odometer-actor': 'key_7' };
    expect(read(SENT, { headers })).toMatchObject({ tenant: 'globex', actor: 'key_7' });
  });
});

describe('a record without a time', () => {
  const timeOf = (sent: Sent) => read(SENT, sent).records[0];

  it('has that of its arrival at the broker', () => {
    expect(timeOf({ timestamp: NOW - 1_000 })).toMatchObject({
      timestamp: NOW - 1_000,
      timestampAssigned: true,
    });
  });

  it('has that of its arrival at our door, when it came through it', () => {
    const headers = { 'odometer-received-at': String(NOW - 60_000) };
    expect(timeOf({ headers })?.timestamp).toBe(NOW - 60_000);
  });

  it.each([-1, 0, NOW + 5 * 60_000 + 1, NOW * 1_000])(
    'has the time of reading where the broker says %d',
    (timestamp) => {
      expect(timeOf({ timestamp })?.timestamp).toBe(NOW);
    },
  );
});

it('what our door writes is read as the record that came in', () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((one) => !one.includes('\0'));
  const sent = fc.record(
    {
      transaction_id: text,
      code: fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/),
      customer_id: text,
      subscription_id: text,
      entity_id: text,
      timestamp: fc.integer({ min: 0, max: 2_000_000_000 }),
      properties: fc.dictionary(
        text.filter((key) => key !== '__proto__' && key !== 'precise_total_amount_cents'),
        fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean()),
        { maxKeys: 5 },
      ),
    },
    { requiredKeys: ['transaction_id', 'code', 'customer_id'] },
  );
  const origin = { tenant: 'globex', actor: 'key_7' };
  fc.assert(
    fc.property(sent, (one) => {
      const body = parseExactJson(Buffer.from(JSON.stringify(one)));
      const { record, bytes } = readOne(body, { receivedAt: NOW - 77 });
      const [outgoing] = messagesOf(
        origin,
        { records: [record], bytes: [bytes] },
        { now: NOW - 76, partitions: 6 },
      );
      const { value, headers, key } = outgoing!.message;
      expect(read(value, { headers: headers!, timestamp: NOW })).toMatchObject({
        ...origin,
        records: [record],
      });
      expect(key).toBe(`globex:c:${one.customer_id}`);
      expect(Buffer.byteLength(value as string)).toBeLessThanOrEqual(outgoing!.bytes);
    }),
  );
});

describe('CloudEvents', () => {
  const event = new CloudEvent({
    id: 'tx-1',
    source: '/checkout',
    type: 'api_calls',
    subject: 'customer-1',
    time: '2026-01-31T10:00:00.000Z',
    subscriptionid: 'sub-1',
    entityid: 'team-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { tokens: 12, model: 'größe' },
  });
  const records = [
    {
      ...RECORD,
      subscriptionId: 'sub-1',
      entityId: 'team-1',
      timestamp: Date.parse('2026-01-31T10:00:00Z'),
      timestampAssigned: undefined,
      properties: { tokens: 12, model: 'größe' },
    },
  ];

  it('are read in structured mode as the reference package writes them', () => {
    const { headers, value } = Kafka.structured(event);
    expect(read(value, { headers: headers }).records).toEqual(records);
  });

  it('are read in binary mode as the reference package writes them', () => {
    const { headers, value } = Kafka.binary(event);
    expect(read(value, { headers: headers }).records).toEqual(records);
  });

  it.each(['structured', 'binary'] as const)(
    'are read in %s mode as the reference package reads them',
    (mode) => {
      const message = Kafka[mode](event);
      const { headers, value } = message;
      const again = Kafka.toEvent(message) as CloudEvent<Record<string, unknown>>;
      const [record] = read(value, { headers: headers }).records;
      expect(record).toMatchObject({
        transactionId: again.id,
        code: again.type,
        customerId: again.subject,
        timestamp: Date.parse(again.time!),
      });
    },
  );

  it('are read as a batch', () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const both = [event.toJSON(), { ...event.toJSON(), id: 'tx-2' }];
    expect(read(both, { headers }).records.map((record) => record.transactionId)).toEqual([
      'tx-1',
      'tx-2',
    ]);
  });

  it('may have no data, and no time', () => {
    const headers = {
      ce_specversion: '1.0',
      ce_id: 'tx-1',
      ce_source: '/s',
      ce_type: 'api_calls',
      ce_subject: 'customer-1',
    };
    expect(read(null, { headers, timestamp: NOW - 9 }).records).toEqual([
      {
        ...RECORD,
        timestamp: NOW - 9,
        timestampAssigned: true,
        properties: undefined,
        entityId: undefined,
        subscriptionId: undefined,
      },
    ]);
  });

  it('keep every digit of their data in both modes', () => {
    const structured = JSON.stringify({ ...event.toJSON(), data: { tokens: 1 } }).replace(
      '"tokens":1',
      '"tokens":0.1234567890123456789',
    );
    const [one] = read(structured, {
      headers: { 'content-type': 'application/cloudevents+json' },
    }).records;
    const { headers } = Kafka.binary(event);
    const [other] = read('{"tokens":0.1234567890123456789}', {
      headers: headers,
    }).records;
    expect([one?.properties, other?.properties]).toEqual([
      { tokens: '0.1234567890123456789' },
      { tokens: '0.1234567890123456789' },
    ]);
  });
});

describe('poison', () => {
  const structured = { 'content-type': 'application/cloudevents+json' };

  it.each<[string, unknown, Sent, RegExp]>([
    ['nothing', null, {}, /^the message has no value$/],
    ['no JSON', '{', {}, /^the body is not valid JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, /^the body is not valid UTF-8$/],
    [
      'no tenant',
      SENT,
      { headers: { 'odometer-tenant': 'No Tenant' } },
      /^the header odometer-tenant/,
    ],
    [
      'an event in Avro',
      'x',
      { headers: { 'content-type': 'application/cloudevents+avro' } },
      /not as avro$/,
    ],
    ['an event of bytes', { ...SENT, data_base64: '' }, { headers: structured }, /are wrong/],
    [
      'too many records',
      Array.from({ length: 10_001 }, () => SENT),
      {},
      /at most 10000 usage records/,
    ],
  ])('is %s', (_, value, sent, reason) => {
    expect(poisonOf(value, sent).message).toMatch(reason);
  });

  it('is the whole message when one of its records is bad, and says which', () => {
    const poison = poisonOf([SENT, { ...SENT, code: 'a b' }]);
    expect(poison.errors).toMatchObject([{ pointer: '/1/code', code: 'bad_format' }]);
  });

  it('names the attributes of an event, not our fields', () => {
    const { errors } = poisonOf(
      {
        specversion: '1.0',
        id: '',
        source: '',
        type: 'c',
        time: 'noon',
        datacontenttype: 'text/xml',
        data: 7,
      },
      { headers: structured },
    );
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/source', 'required'],
      ['/datacontenttype', 'unsupported'],
      ['/id', 'too_short'],
      ['/subject', 'required'],
      ['/time', 'bad_format'],
      ['/data', 'wrong_type'],
    ]);
    expect(errors[3]?.detail).toBe('a usage record must name a subject, a subscriptionid, or both');
  });
});
