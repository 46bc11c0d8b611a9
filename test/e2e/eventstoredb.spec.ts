import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { startEventLog, type EventLog } from './event-log.js';
import { RestartableServer } from './restartable-server.js';

interface Invoice {
  readonly number: string;
  readonly status: string;
  readonly total: number;
}

interface List<T> {
  readonly data: readonly T[];
}

const PLAN = {
  code: 'pro',
  name: 'Pro',
  currency: 'EUR',
  interval: 'month',
  amount: 1_000,
  charges: [{ meter_code: 'calls', model: 'standard', properties: { amount: '0.25' } }],
};

/** In the log of PostgreSQL first, then moved to EventStoreDB with everything in it. */
describe('a server that moves its log to EventStoreDB', () => {
  let server: RestartableServer;
  let eventStoreDb: EventLog;
  let position = 0;

  beforeAll(async () => {
    server = await RestartableServer.create('postgres');
    eventStoreDb = await startEventLog(server.built, 'eventstoredb');
  }, 120_000);
  afterAll(async () => {
    await server.remove();
    await eventStoreDb.stop();
  });

  const post = async (path: string, body: object): Promise<void> => {
    const answer = await server.call<{ position?: number }>(`POST ${path}`, { body });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    const header = Number(answer.headers.get('odometer-position') ?? 0);
    position = Math.max(position, header, answer.body.position ?? 0);
  };
  const get = async <Body>(path: string): Promise<Body> => {
    const headers = { 'odometer-min-position': String(position) };
    const { status, body } = await server.call<Body>(`GET ${path}`, { headers });
    expect(status).toBe(200);
    return body;
  };
  const call = (id: string, day: string): object => ({
    transaction_id: id,
    code: 'calls',
    customer_id: 'acme',
    timestamp: `${day}T10:00:00Z`,
  });
  const used = async (): Promise<string> =>
    (
      await get<{ total: string }>(
        '/v1/usage?meter_code=calls&customer_id=acme&from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z',
      )
    ).total;
  const invoices = async (): Promise<readonly Invoice[]> =>
    (await get<List<Invoice>>('/v1/invoices?customer_id=acme')).data
      .map(({ number, status, total }) => ({ number, status, total }))
      .sort((a, b) => (a.number < b.number ? -1 : 1));
  const cli = async (...words: string[]): Promise<string> => {
    const main = path.join(server.built.directory, 'apps/cli/src/main.js');
    const options = { env: { ...process.env, NODE_OPTIONS: '' } };
    return (await promisify(execFile)(process.execPath, [main, ...words], options)).stdout;
  };
  const MARCH = { number: 'INV-000001', status: 'finalized', total: 1_000 + 3 * 25 };
  const target = (): string => eventStoreDb.environment['EVENTSTORE_URL'] ?? '';

  it('has billed its first month', async () => {
    await post('/v1/meters', { code: 'calls', aggregation: { type: 'count' } });
    await post('/v1/plans', PLAN);
    await post('/v1/test_clocks', { code: 'spring', now: '2026-03-01T00:00:00Z' });
    await post('/v1/customers', { external_id: 'acme', test_clock: 'spring' });
    await post('/v1/subscriptions', {
      external_id: 'acme-pro',
      customer_id: 'acme',
      plan_code: 'pro',
      started_at: '2026-03-01T00:00:00Z',
    });
    await post('/v1/events/batch', {
      events: [call('a', '2026-03-02'), call('b', '2026-03-03'), call('c', '2026-03-04')],
    });
    await post('/v1/test_clocks/spring/advance', { to: '2026-04-02T00:00:00Z' });
    expect(await invoices()).toEqual([MARCH]);
  });

  it('is stopped, and its log is copied and compared', async () => {
    expect(await server.stop()).toBe(0);
    const database = server.database.url;
    const copied = await cli('log', 'copy', '--from', database, '--to', target());
    expect(copied).toMatch(/the same \d+ events in \d+ streams on both sides/);
    await cli('log', 'switch', '--database', database, '--to', 'eventstoredb');
    expect(await cli('audit', 'verify', '--store', target())).toContain('every hash chain holds');
  });

  it('does not start on the log it has left', async () => {
    await expect(server.start()).rejects.toThrow('follow the log in eventstoredb');
  });

  it('builds the same read models from the log there', async () => {
    server.moveTo(eventStoreDb);
    await server.start();
    position = 0;
    // A write, for its position: after it the read models have seen everything.
    await post('/v1/events/batch', { events: [call('c', '2026-03-04'), call('d', '2026-04-03')] });
    expect(await invoices()).toEqual([MARCH]);
    expect(await used()).toBe('4');
  });

  it('bills the next month from there, and counts nothing twice', async () => {
    await post('/v1/events/batch', { events: [call('d', '2026-04-03'), call('e', '2026-04-04')] });
    await post('/v1/test_clocks/spring/advance', { to: '2026-05-02T00:00:00Z' });
    expect(await invoices()).toEqual([
      MARCH,
      { number: 'INV-000002', status: 'finalized', total: 1_000 + 2 * 25 },
    ]);
  });

  it('has everything after a restart', async () => {
    expect(await server.stop()).toBe(0);
    await server.start();
    expect(await used()).toBe('5');
    expect(await invoices()).toHaveLength(2);
  });
});
