import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithKafka } from '@odometer/testing';
import { CloudEvent, Kafka as KafkaBinding } from 'cloudevents';
import { CompressionCodecs, CompressionTypes, type Message } from 'kafkajs';
import {
  eventually,
  HANG_BEFORE_OFFSETS,
  HANG_NO_MORE,
  KafkaWorld,
  storedZstd,
} from './kafka-world.js';
import type { OdometerProcess } from './odometer-process.js';

const DAY = { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z' };
const SLOW_MS = 60_000;

const record = (id: string, customer: string): object => ({
  transaction_id: id,
  code: 'calls',
  customer_id: customer,
  timestamp: '2026-03-01T10:00:00Z',
});

const many = (prefix: string, count: number): object[] =>
  Array.from({ length: count }, (_, at) => record(`${prefix}-${at}`, `${prefix}-c${at % 40}`));

const messageOf = (sent: unknown, headers: Record<string, string> = {}): Message => ({
  value: typeof sent === 'string' ? sent : JSON.stringify(sent),
  headers,
});

/** The reference package names attributes that an event does not have, with no value, which kafkajs does not send. */
const setOnly = (headers: object): Record<string, string> =>
  JSON.parse(JSON.stringify(headers)) as Record<string, string>;

await describeWithKafka('usage through Kafka', () => {
  let world: KafkaWorld;
  /** Takes usage in and answers queries, and stores nothing from the topic itself. */
  let api: OdometerProcess;
  let ingest: OdometerProcess;

  beforeAll(async () => {
    world = await KafkaWorld.create();
    api = await world.start('api,projector');
    ingest = await world.start('ingest');
    const meter = {
      code: 'calls',
      name: 'Calls',
      event_code: 'calls',
      aggregation: { type: 'count' },
    };
    const made = await api.call('POST /v1/meters', meter);
    expect(made.status).toBe(201);
  }, 120_000);
  afterAll(() => world.remove(), SLOW_MS);

  const counted = async (customer: string): Promise<number> => {
    const query = `meter_code=calls&customer_id=${customer}&from=${DAY.from}&to=${DAY.to}`;
    const { body } = await api.call(`GET /v1/usage?${query}`);
    return Number(body['total']);
  };

  const countedOf = async (prefix: string): Promise<number> => {
    const each = Array.from({ length: 40 }, (_, at) => counted(`${prefix}-c${at}`));
    return (await Promise.all(each)).reduce((sum, count) => sum + count, 0);
  };

  /** All of them count once, and lie in the log once. */
  async function expectOnce(prefix: string, count: number): Promise<void> {
    await eventually(
      () => world.inLog(prefix),
      (log) => log.size === count,
    );
    await eventually(
      () => countedOf(prefix),
      (sum) => sum >= count,
    );
    expect(await countedOf(prefix)).toBe(count);
    const log = await world.inLog(prefix);
    expect([...log.values()].filter((times) => times !== 1)).toEqual([]);
    expect(log.size).toBe(count);
  }

  /** Sends batches, each until it is accepted, as a client does. Answers how many records that were. */
  async function send(
    prefix: string,
    batches: number,
    pauseMs = 0,
    isOver = (): boolean => false,
  ): Promise<number> {
    const records = many(prefix, batches * 100);
    let sent = 0;
    while (sent < records.length && !isOver()) {
      const events = records.slice(sent, sent + 100);
      while ((await api.call('POST /v1/events/batch', { events })).status !== 202) await sleep(200);
      sent += events.length;
      await sleep(pauseMs);
    }
    return sent;
  }

  it(
    'is accepted at the door when the broker has it, and visible soon after',
    async () => {
      const one = await api.call('POST /v1/events', record('door-one', 'door-c0'));
      expect(one).toEqual({
        status: 202,
        body: { accepted: 1, position: null, status: 'accepted' },
      });
      const batch = await api.call('POST /v1/events/batch', { events: many('door', 1_000) });
      expect(batch.body).toEqual({ accepted: 1_000, position: null, errors: [] });
      await expectOnce('door', 1_001);
      expect(await ingest.metric('odometer_kafka_stored{what="records"}')).toBe(1_001);
    },
    SLOW_MS,
  );

  it(
    'may be written to the topic by applications, as our JSON and as CloudEvents',
    async () => {
      const event = (id: string): CloudEvent<object> =>
        new CloudEvent({
          id,
          source: '/app',
          type: 'calls',
          subject: 'app-c1',
          time: '2026-03-01T10:00:00.000Z',
          data: { n: 1 },
        });
      const { headers, value } = KafkaBinding.binary(event('app-binary'));
      const structured = KafkaBinding.structured(event('app-structured'));
      await world.produce([
        messageOf(record('app-one', 'app-c0')),
        messageOf([record('app-array-1', 'app-c0'), record('app-array-2', 'app-c2')]),
        { value: JSON.stringify(value), headers: setOnly(headers) },
        {
          value: structured.value,
          headers: setOnly(structured.headers),
        },
      ]);
      await expectOnce('app', 5);
      expect(await counted('app-c1')).toBe(2);
    },
    SLOW_MS,
  );

  it(
    'may be compressed with what only the broker can unpack',
    async () => {
      CompressionCodecs[CompressionTypes.ZSTD] = () => ({
        compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(storedZstd(buffer)),
        decompress: () => Promise.reject(new Error('nobody reads here')),
      });
      const packed = [messageOf(record('packed-1', 'packed-c0'))];
      await world.produce(packed, CompressionTypes.ZSTD);
      await expectOnce('packed', 1);
    },
    SLOW_MS,
  );

  it(
    'that cannot be read waits among the dead letters, and counts when it is sent again and can be read',
    async () => {
      await world.produce([
        messageOf('{"not": json'),
        messageOf(record('poison-1', 'poison-c0')),
        messageOf(record('elsewhere-1', 'c'), { 'odometer-tenant': 'globex' }),
      ]);
      await expectOnce('poison', 1);
      await eventually(
        () => api.metric('odometer_kafka_dead_letters'),
        (depth) => depth === 2,
      );
      const list = await world.cli('dlq', 'list');
      expect(list).toContain('2 wait');
      expect(list).toContain('there is no tenant globex');
      const shown = [await world.cli('dlq', 'show', '0'), await world.cli('dlq', 'show', '1')];
      expect(shown.join('\n')).toContain('\nvalue\n{"not": json\n');

      const { status } = await api.call('POST /v1/tenants', { name: 'Globex', id: 'globex' });
      expect(status).toBe(201);
      expect(await world.cli('dlq', 'replay')).toMatch(/^2 sent again/);
      await eventually(
        () => world.inLog('elsewhere'),
        (log) => log.get('elsewhere-1') === 1,
      );
      const waits = await eventually(
        () => world.cli('dlq', 'list'),
        (text) => text.startsWith('1 wait'),
      );
      expect(waits).toMatch(/│ 2 +│.*│ 2 +│/);
    },
    SLOW_MS,
  );

  it(
    'may be unreadable by the thousand: all of it waits, and what comes behind it counts',
    async () => {
      const key = 'flood';
      const before = await api.metric('odometer_kafka_dead_letters');
      // In one piece these are more than the broker takes in a request.
      const flood = Array.from({ length: 5_500 }, () => ({ key, value: `{${'x'.repeat(700)}` }));
      await world.produce(flood);
      await world.produce([{ key, value: 'x'.repeat(4_000_000) }]);
      await world.produce([{ key, ...messageOf(record('flood-1', 'flood-c0')) }]);
      await expectOnce('flood', 1);
      await eventually(
        () => api.metric('odometer_kafka_dead_letters'),
        (depth) => depth === before + flood.length + 1,
      );
    },
    SLOW_MS,
  );

  it(
    'is stored once when a process dies between the append and the offset',
    async () => {
      await world.database.pool.query(HANG_BEFORE_OFFSETS);
      const crash = many('crash', 350);
      await world.produce(crash.slice(0, 300).map((one) => messageOf(one)));
      await eventually(
        () => world.inLog('crash'),
        (log) => log.size > 0,
      );
      await ingest.kill();
      for (const sql of HANG_NO_MORE) await world.database.pool.query(sql);
      await world.produce(crash.slice(300).map((one) => messageOf(one)));
      ingest = await world.start('ingest');
      await expectOnce('crash', 350);
    },
    SLOW_MS,
  );

  it(
    'is stored once while processes join, freeze past their session, wake up and leave',
    async () => {
      const sending = send('move', 40, 150);
      const second = await world.start('ingest');
      ingest.freeze();
      await sleep(4_500);
      ingest.thaw();
      await sleep(1_000);
      expect(await second.stop()).toBe(0);
      await expectOnce('move', await sending);
      expect(second.log).not.toContain('"level":50');
    },
    SLOW_MS,
  );

  it(
    'is stored once while a process is added and killed, twice',
    async () => {
      let over = false;
      const sending = send('kill', 400, 100, () => over);
      for (let round = 0; round < 2; round += 1) {
        const added = await world.start('ingest');
        await eventually(
          () => added.metric('odometer_kafka_stored{what="records"}'),
          (stored) => stored > 0,
        );
        await added.kill();
      }
      over = true;
      await expectOnce('kill', await sending);
    },
    SLOW_MS,
  );

  it(
    'is stored once when the broker dies and comes back',
    async () => {
      const sending = send('broker', 15, 100);
      await sleep(500);
      await world.broker.kill();
      await sleep(1_000);
      await world.broker.run();
      const sent = await sending;
      await eventually(
        () => world.inLog('broker'),
        (log) => log.size === sent,
      );
      await eventually(
        () => countedOf('broker'),
        (sum) => sum === sent,
      );
      expect(await api.metric('odometer_kafka_sent{what="producersReplaced"}')).toBeGreaterThan(0);
    },
    SLOW_MS,
  );
});
