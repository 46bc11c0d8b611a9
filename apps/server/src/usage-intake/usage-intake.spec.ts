import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createIntake, intakeLimits, type Intake, type IntakeLimits } from '@odometer/ingest';
import { decodeSegment, type EventStore } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import Fastify, { type FastifyInstance } from 'fastify';
import { HttpProblem } from '../http/problem.js';
import { registerUsageIntake } from './usage-intake.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');
const GOOD = { transaction_id: 'tx-1', code: 'api_calls', customer_id: 'customer-1' };
const SENDERS: Readonly<Record<string, readonly ['ingest' | 'read' | 'admin']>> = {
  'Bearer sender': ['ingest'],
  'Bearer admin': ['admin'],
  'Bearer reader': ['read'],
};
interface House {
  readonly fastify: FastifyInstance;
  readonly store: EventStore;
  readonly intake: Intake;
}

const houses: FastifyInstance[] = [];

function open(limits: Partial<IntakeLimits> = {}): House {
  const store = createInMemoryEventStore();
  const intake = createIntake({ store, shards: 8, now: () => NOW, limits });
  const fastify = Fastify();
  registerUsageIntake(fastify, {
    intake,
    now: () => NOW,
    authenticate: ({ headers }) => {
      const scopes = SENDERS[headers.authorization ?? ''];
      if (!scopes) throw new HttpProblem(401, 'unknown_key', 'There is no such key.');
      return { tenant: 'acme', keyId: 'key_1', scopes };
    },
  });
  houses.push(fastify);
  return { fastify, store, intake };
}

/** Appends wait until what this answers is called. */
function holdAppends({ store }: House): () => void {
  const append = store.append.bind(store);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  store.append = (...what) => released.then(() => append(...what));
  return release;
}

afterEach(async () => {
  for (const fastify of houses.splice(0)) await fastify.close();
});

const JSON_HEADERS = { authorization: 'Bearer sender', 'content-type': 'application/json' };

async function post(
  { fastify }: House,
  route: string,
  payload: string | Buffer | object,
  headers: Record<string, string> = {},
) {
  const isText = Buffer.isBuffer(payload) || typeof payload === 'string';
  const answer = await fetch(`${await addressOf(fastify)}${route}`, {
    method: 'POST',
    body: isText ? payload : JSON.stringify(payload),
    headers: { ...JSON_HEADERS, ...headers },
  });
  const body = (await answer.json()) as object;
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body };
}

const addresses = new WeakMap<FastifyInstance, Promise<string>>();

/** Over a real connection: Fastify's `inject` needs a module that Jest cannot load on Node 20. */
function addressOf(fastify: FastifyInstance): Promise<string> {
  const address = addresses.get(fastify) ?? fastify.listen({ host: '127.0.0.1', port: 0 });
  addresses.set(fastify, address);
  return address;
}

async function stored({ store }: House): Promise<string[]> {
  const { events } = await store.readAll({ after: 0 });
  const segments = events.map((event) => decodeSegment(event.data as Uint8Array).records);
  return segments.flat().map((record) => record.transactionId);
}

const batchOf = (count: number) => ({
  events: Array.from({ length: count }, (_, id) => ({ ...GOOD, transaction_id: `tx-${id}` })),
});

describe('POST /v1/events', () => {
  it('answers 202 with the position of the stored record', async () => {
    const house = open();
    const answer = await post(house, '/v1/events', GOOD);
    expect(answer.status).toBe(202);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({ accepted: 1, position: 1, status: 'accepted' });
    expect(await stored(house)).toEqual(['tx-1']);
  });

  it('answers duplicate when the same record comes again', async () => {
    const house = open();
    await post(house, '/v1/events', GOOD);
    const answer = await post(house, '/v1/events', GOOD);
    expect(answer.body).toEqual({ accepted: 1, position: 1, status: 'duplicate' });
    expect(await stored(house)).toEqual(['tx-1']);
  });

  it.each([
    ['', 400, 'malformed_body'],
    ['{', 400, 'malformed_body'],
    ['[]', 422, 'invalid_usage'],
    [{ ...GOOD, timestamp: -1 }, 422, 'invalid_usage'],
  ])('refuses %j with %i %s and stores nothing', async (payload, status, code) => {
    const house = open();
    const answer = await post(house, '/v1/events', payload);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.body).toMatchObject({ type: 'about:blank', status, code });
    expect(await stored(house)).toEqual([]);
  });

  it('points at the bad field', async () => {
    const { body } = await post(open(), '/v1/events', {
      ...GOOD,
      timestamp: '3000-01-01T00:00:00Z',
    });
    expect(body).toMatchObject({
      detail: '1 field is wrong; nothing was stored',
      errors: [{ pointer: '/timestamp', code: 'too_late' }],
    });
  });

  it.each([
    ['Bearer nobody', 401, 'unknown_key'],
    ['Bearer reader', 403, 'missing_scope'],
    ['Bearer admin', 202, undefined],
  ])('of %s answers %i', async (authorization, status, code) => {
    const answer = await post(open(), '/v1/events', GOOD, { authorization });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(code === undefined ? {} : { code });
  });

  it.each<[Record<string, string>, number, string]>([
    [{ 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    [{ 'content-encoding': 'zstd' }, 415, 'unsupported_encoding'],
    [{ 'content-encoding': 'gzip' }, 400, 'malformed_body'],
  ])('with %j answers %i %s', async (headers, status, code) => {
    const answer = await post(open(), '/v1/events', GOOD, headers);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code });
  });
});

describe('POST /v1/events/batch', () => {
  it('answers 202 when all records are stored', async () => {
    const house = open();
    const answer = await post(house, '/v1/events/batch', batchOf(1_000));
    expect(answer.body).toEqual({ accepted: 1_000, position: 1, errors: [] });
    expect(await stored(house)).toHaveLength(1_000);
  });

  it('stores nothing when one record is bad', async () => {
    const house = open();
    const events = [GOOD, { ...GOOD, code: 'a b' }];
    const answer = await post(house, '/v1/events/batch', { events });
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({
      errors: [{ pointer: '/events/1/code', code: 'bad_format' }],
    });
    expect(await stored(house)).toEqual([]);
  });

  it('stores the good records and names the bad ones when asked to', async () => {
    const house = open();
    const events = [GOOD, { ...GOOD, code: 'a b' }];
    const answer = await post(house, '/v1/events/batch?partial=true', { events });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      accepted: 1,
      position: 1,
      errors: [{ pointer: '/events/1/code' }],
    });
    expect(await stored(house)).toEqual(['tx-1']);
  });

  it('asks for nothing but true or false in partial', async () => {
    const house = open();
    const path = (partial: string) => `/v1/events/batch?partial=${partial}`;
    const refused = await post(house, path('yes'), { events: [GOOD] });
    expect(refused.body).toMatchObject({ status: 422, errors: [{ pointer: '/partial' }] });
    const taken = await post(house, path('false'), { events: [GOOD] });
    expect(taken.status).toBe(202);
  });

  it('refuses 10,001 records and takes 10,000', async () => {
    const house = open();
    const refused = await post(house, '/v1/events/batch', batchOf(10_001));
    expect(refused.body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/events', code: 'too_many' }],
    });
    expect(await stored(house)).toEqual([]);
    expect((await post(house, '/v1/events/batch', batchOf(10_000))).body).toMatchObject({
      accepted: 10_000,
    });
  });

  it('refuses a body over the limit, as it is sent and as it unfolds', async () => {
    const house = open();
    const large = Buffer.alloc(intakeLimits.BODY_BYTES_MAX + 1, ' ');
    const plain = await post(house, '/v1/events/batch', large);
    expect(plain.body).toMatchObject({ status: 413, code: 'body_too_large' });
    const bomb = await post(house, '/v1/events/batch', gzipSync(large), {
      'content-encoding': 'gzip',
    });
    expect(bomb.body).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('answers 429 with Retry-After when the queue is full, and stores nothing of it', async () => {
    const house = open({ queueRecords: 10, tenantShare: 1 });
    const release = holdAppends(house);
    const waiting = post(house, '/v1/events', GOOD);
    while (house.intake.stats().queuedRecords === 0) await sleep(1);
    const answer = await post(house, '/v1/events/batch', batchOf(10));
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.body).toMatchObject({ code: 'intake_full' });
    release();
    await waiting;
    expect(await stored(house)).toEqual(['tx-1']);
  });

  it('answers 503 when the intake is closed', async () => {
    const house = open();
    await house.intake.drain();
    const answer = await post(house, '/v1/events', GOOD);
    expect(answer.body).toMatchObject({ status: 503, code: 'shutting_down' });
  });
});

it.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
])('takes %s bodies', async (encoding, compress) => {
  const house = open();
  const payload = compress(JSON.stringify(batchOf(500)));
  const headers = { 'content-encoding': encoding };
  const answer = await post(house, '/v1/events/batch', payload, headers);
  expect(answer.status).toBe(202);
  expect(answer.body).toEqual({ accepted: 500, position: 1, errors: [] });
  expect(await stored(house)).toHaveLength(500);
});

describe('CloudEvents', () => {
  const EVENT = {
    specversion: '1.0',
    id: 'tx-1',
    source: '/checkout',
    type: 'api_calls',
    subject: 'customer-1',
    time: '2026-01-31T11:00:00Z',
    data: { tokens: 12 },
  };
  const ONE = { 'content-type': 'application/cloudevents+json' };
  const MANY = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };

  it('are usage: the subject is the customer, the type the code, the data the properties', async () => {
    const house = open();
    const answer = await post(house, '/v1/events', EVENT, ONE);
    expect(answer.body).toEqual({ accepted: 1, position: 1, status: 'accepted' });
    const { events } = await house.store.readAll({ after: 0 });
    expect(decodeSegment(events[0]!.data as Uint8Array).records).toEqual([
      {
        transactionId: 'tx-1',
        code: 'api_calls',
        customerId: 'customer-1',
        timestamp: Date.parse('2026-01-31T11:00:00Z'),
        properties: { tokens: 12 },
      },
    ]);
  });

  it.each(['/v1/events', '/v1/events/batch'])('come as a batch at %s', async (route) => {
    const house = open();
    const answer = await post(house, route, [EVENT, { ...EVENT, id: 'tx-2' }], MANY);
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ accepted: 2, position: 1, errors: [] });
    expect(await stored(house)).toEqual(['tx-1', 'tx-2']);
  });

  it('keep every digit of their data', async () => {
    const house = open();
    const text = JSON.stringify(EVENT).replace('12', '0.1234567890123456789');
    await post(house, '/v1/events', text, ONE);
    const { events } = await house.store.readAll({ after: 0 });
    const [record] = decodeSegment(events[0]!.data as Uint8Array).records;
    expect(record?.properties).toEqual({ tokens: '0.1234567890123456789' });
  });

  it('are refused with pointers to their own attributes', async () => {
    const house = open();
    const bad = [EVENT, { ...EVENT, type: 'a b', specversion: '0.3', subject: 7 }];
    const answer = await post(house, '/v1/events', bad, MANY);
    expect(answer.body).toMatchObject({
      status: 422,
      errors: [
        { pointer: '/1/specversion', code: 'unsupported' },
        {
          pointer: '/1/type',
          code: 'bad_format',
          detail: expect.stringMatching(/^type may/) as string,
        },
        { pointer: '/1/subject', code: 'wrong_type' },
      ],
    });
    expect(await stored(house)).toEqual([]);
  });

  it('do not come alone at the route of batches', async () => {
    const answer = await post(open(), '/v1/events/batch', EVENT, ONE);
    expect(answer.body).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });
});
