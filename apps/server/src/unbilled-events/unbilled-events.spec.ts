import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

const AT = '2026-05-05T12:00:00.000Z';
const MAY = 'from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z';

interface Entry extends Record<string, unknown> {
  readonly reason: string;
}

describe('events that are billed to nobody', () => {
  let server: TestServer;
  let key = '';
  let tenants = 0;
  let position = '0';

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    tenants += 1;
    const { body } = await server.call('POST /v1/tenants', { body: { name: `T${tenants}` } });
    key = (body['admin_key'] as { secret: string }).secret;
  });

  const send = async (request: string, body: object): Promise<Answer> => {
    const answer = await server.call(request, { key, body });
    expect(answer.status).toBeLessThan(300);
    position = answer.headers.get('odometer-position') ?? String(answer.body['position']);
    return answer;
  };

  const get = async (path: string): Promise<Answer> =>
    server.call(`GET ${path}`, { key, headers: { 'odometer-min-position': position } });

  const list = async (query = ''): Promise<Entry[]> => {
    const { body } = await get(`/v1/unbilled_events${query}`);
    return body['data'] as Entry[];
  };

  const record = (transaction_id: string, more: object = {}): Promise<Answer> =>
    send('POST /v1/events', {
      transaction_id,
      code: 'calls',
      customer_id: 'acme',
      timestamp: AT,
      ...more,
    });

  const calls = { code: 'calls', aggregation: { type: 'count' } };
  const bytes = {
    code: 'bytes',
    event_code: 'calls',
    aggregation: { type: 'sum', field: 'bytes' },
  };
  const createMeter = (meter: object): Promise<Answer> => send('POST /v1/meters', meter);
  const createCustomer = (external_id: string): Promise<Answer> =>
    send('POST /v1/customers', { external_id });

  const usage = async (meter: string): Promise<unknown> =>
    (await get(`/v1/usage?meter_code=${meter}&customer_id=acme&${MAY}`)).body['total'];

  it('are those of a code that no meter looks at, until there is one', async () => {
    await createCustomer('acme');
    await record('t1');
    await record('t2');
    await record('t2');
    const [entry, ...others] = await list();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      reason: 'unknown_code',
      code: 'calls',
      count: 2,
      transaction_ids: ['t1', 't2'],
      customer_id: null,
      remedy: 'Create a meter with event_code calls.',
    });
    const seen = [entry!['first_seen_at'], entry!['last_seen_at']] as string[];
    expect(seen).toEqual([...seen].sort());
    await createMeter(calls);
    expect(await list()).toEqual([]);
    expect(await usage('calls')).toBe('2');
    await server.call('DELETE /v1/meters/calls', { key });
    const archived = await server.call('POST /v1/events', {
      key,
      body: { transaction_id: 't3', code: 'calls', customer_id: 'acme' },
    });
    position = String(archived.body['position']);
    expect(await list()).toMatchObject([{ reason: 'unknown_code', count: 3 }]);
  });

  it('are those of a customer that nobody knows, until it is registered', async () => {
    await createMeter(calls);
    await createMeter({ ...calls, code: 'more', event_code: 'calls' });
    await record('t1');
    await record('t2', { timestamp: '2026-05-07T12:00:00Z' });
    expect(await list()).toMatchObject([
      {
        reason: 'unknown_subject',
        customer_id: 'acme',
        subscription_id: null,
        code: null,
        count: 2,
        transaction_ids: ['t1', 't2'],
        remedy: 'Create customer acme.',
      },
    ]);
    await createCustomer('acme');
    expect(await list()).toEqual([]);
    expect(await usage('calls')).toBe('2');
  });

  it('are those of a subscription that nobody knows, whoever the customer is', async () => {
    await createMeter(calls);
    await createCustomer('acme');
    await record('t1', { subscription_id: 'sub' });
    await record('t2', { subscription_id: 'sub', customer_id: undefined });
    expect(await list()).toMatchObject([
      { reason: 'unknown_subject', subscription_id: 'sub', customer_id: null, count: 2 },
    ]);
    const plan = {
      code: 'p',
      name: 'P',
      currency: 'EUR',
      interval: 'month',
      amount: 0,
      charges: [],
    };
    await send('POST /v1/plans', plan);
    const terms = { external_id: 'sub', customer_id: 'acme', plan_code: 'p' };
    await send('POST /v1/subscriptions', { ...terms, billing_time: 'calendar' });
    expect(await list()).toEqual([]);
  });

  it('are those that a meter cannot count, until it reads something else or they are amended', async () => {
    await createCustomer('acme');
    await createMeter(bytes);
    await record('none');
    await record('words', { properties: { bytes: 'many', size: 3 } });
    await record('words 2', { properties: { bytes: 'more', size: 4 } });
    await record('good', { properties: { bytes: 5, size: 5 } });
    expect(await list()).toMatchObject([
      { reason: 'missing_field', meter_code: 'bytes', count: 1, transaction_ids: ['none'] },
      {
        reason: 'not_a_number',
        meter_code: 'bytes',
        count: 2,
        transaction_ids: ['words', 'words 2'],
      },
    ]);
    const amendment = { customer_id: 'acme', reason: 'unit', properties: { bytes: 7, size: 4 } };
    await send('POST /v1/events/words%202/amend', amendment);
    expect(await list()).toMatchObject([
      { reason: 'missing_field', count: 1 },
      { reason: 'not_a_number', count: 1, transaction_ids: ['words'] },
    ]);
    await send('POST /v1/events/none/void', { customer_id: 'acme', reason: 'empty' });
    await send('PUT /v1/meters/bytes', {
      event_code: 'calls',
      aggregation: { type: 'sum', field: 'size' },
    });
    expect(await list()).toEqual([]);
    expect(await usage('bytes')).toBe('12');
  });

  it('are those whose id was taken by other content, until somebody corrects it', async () => {
    await createCustomer('acme');
    await createMeter(bytes);
    await record('t', { properties: { bytes: 1 } });
    await record('t', { properties: { bytes: 2 } });
    await record('t', { properties: { bytes: 3 } });
    expect(await list()).toMatchObject([
      { reason: 'conflict', code: 'calls', count: 2, transaction_ids: ['t'] },
    ]);
    await send('POST /v1/events/t/amend', {
      customer_id: 'acme',
      reason: 'the second was right',
      properties: { bytes: 2 },
    });
    expect(await list()).toEqual([]);
    await record('t', { properties: { bytes: 4 } });
    expect(await list()).toMatchObject([{ reason: 'conflict', count: 1 }]);
  });

  it('are those that came later than the tenant allows', async () => {
    await createCustomer('acme');
    await createMeter(calls);
    await send('PATCH /v1/settings', { late_events_limit_days: 2 });
    const daysAgo = (days: number): string =>
      new Date(Date.now() - days * 86_400_000).toISOString();
    await record('late', { timestamp: daysAgo(2.01) });
    await record('in time', { timestamp: daysAgo(1.99) });
    expect(await list()).toMatchObject([
      { reason: 'late_beyond_limit', code: 'calls', count: 1, transaction_ids: ['late'] },
    ]);
    const events = (await get('/v1/events?customer_id=acme')).body['data'] as Entry[];
    expect(events.map((row) => [row['transaction_id'], row['status']])).toEqual([
      ['in time', 'accepted'],
      ['late', 'late_beyond_limit'],
    ]);
    await send('POST /v1/events/late/amend', {
      customer_id: 'acme',
      reason: 'agreed with the customer',
      properties: { agreed: true },
    });
    expect(await list()).toEqual([]);
  });

  it('are given page by page, each once, and to their own tenant only', async () => {
    await record('a', { code: 'a' });
    await record('b', { code: 'b' });
    await createMeter(bytes);
    for (let n = 0; n < 3; n += 1)
      await record(`t${n}`, { customer_id: `c${n}`, properties: { bytes: n } });
    await record('t0', { customer_id: 'c0', properties: { bytes: 9 } });
    await record('none', { customer_id: 'c0' });
    const seen: unknown[] = [];
    let cursor: string | null = null;
    do {
      const query = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await get(`/v1/unbilled_events?limit=2${query}`);
      const data = body['data'] as Entry[];
      expect(data.length).toBeLessThanOrEqual(2);
      seen.push(...data.map(({ reason, code, customer_id }) => [reason, customer_id ?? code]));
      cursor = body['next_cursor'] as string | null;
    } while (cursor !== null);
    expect(seen).toEqual([
      ['unknown_code', 'a'],
      ['unknown_code', 'b'],
      ['missing_field', 'calls'],
      ['conflict', 'calls'],
      ['unknown_subject', 'c0'],
      ['unknown_subject', 'c1'],
      ['unknown_subject', 'c2'],
    ]);
    const other = await server.call('GET /v1/unbilled_events');
    expect(other.body).toEqual({ data: [], next_cursor: null });
  });

  it('are asked for with a cursor of the list only', async () => {
    const answer = await get('/v1/unbilled_events?cursor=made-up');
    expect([answer.status, answer.body['code']]).toEqual([422, 'invalid_cursor']);
    const foreign = Buffer.from('["elsewhere","",""]').toString('base64url');
    expect((await get(`/v1/unbilled_events?cursor=${foreign}`)).body['data']).toEqual([]);
  });
});
