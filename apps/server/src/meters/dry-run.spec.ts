import { encodeCursor } from '@odometer/read-models';
import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

type Row = Record<string, unknown>;

describe('a dry run of a changed meter', () => {
  let server: TestServer;
  let sent = '';

  const post = async (path: string, body: object): Promise<Answer> => {
    const answer = await server.call(`POST ${path}`, { body });
    if (answer.status >= 300) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
    const { position } = answer.body as { position?: number };
    sent = answer.headers.get('odometer-position') ?? String(position ?? sent);
    return answer;
  };

  const event = (id: string, customer: string, timestamp: string, properties: object) => ({
    transaction_id: id,
    code: 'tokens',
    customer_id: customer,
    timestamp,
    properties,
  });

  /** Acme is billed by the month, its February is closed and final. Loner has no subscription, idle has no usage. */
  beforeAll(async () => {
    server = await startTestServer();
    const aggregation = { type: 'sum', field: 'in' };
    await post('/v1/meters', { code: 'tokens', aggregation });
    await post('/v1/test_clocks', { code: 'clock', now: '2026-02-01T00:00:00Z' });
    const charges = [{ meter_code: 'tokens', model: 'standard', properties: { amount: '1' } }];
    const plan = { code: 'plan', name: 'Plan', currency: 'USD', interval: 'month', amount: 0 };
    await post('/v1/plans', { ...plan, charges });
    for (const external_id of ['acme', 'idle'])
      await post('/v1/customers', { external_id, test_clock: 'clock' });
    await post('/v1/subscriptions', {
      external_id: 'sub',
      customer_id: 'acme',
      plan_code: 'plan',
      billing_time: 'calendar',
      started_at: '2026-02-01T00:00:00Z',
    });
    await post('/v1/events/batch', {
      events: [
        event('1', 'acme', '2026-02-05T00:00:00Z', { in: 1, out: 10 }),
        event('2', 'acme', '2026-02-20T00:00:00Z', { in: 2, out: 20 }),
        event('3', 'acme', '2026-03-05T00:00:00Z', { in: 4, out: 40 }),
        event('4', 'acme', '2026-03-06T00:00:00Z', { out: 80 }),
        event('5', 'loner', '2026-03-05T00:00:00Z', { in: 5, out: 5 }),
        event('6', 'loner', '2026-03-06T00:00:00Z', { out: 7 }),
      ],
    });
    await post('/v1/test_clocks/clock/advance', { to: '2026-03-15T00:00:00Z' });
  });
  afterAll(() => server.stop());

  const out = { aggregation: { type: 'sum', field: 'out' } };
  const dryRun = (change: object, more = ''): Promise<Answer> =>
    server.call(`PATCH /v1/meters/tokens?dry_run=true${more}`, {
      body: change,
      headers: { 'odometer-min-position': sent },
    });
  const rowsOf = ({ status, body }: Answer): unknown => {
    expect(status).toBe(200);
    const counted = (one: Row): unknown[] => [one['version'], one['value'], one['events_count']];
    return (body['data'] as Row[]).map((row) => [
      row['customer_id'],
      row['subscription_id'],
      String(row['from']).slice(0, 10),
      String(row['to']).slice(0, 10),
      counted(row['before'] as Row),
      counted(row['after'] as Row),
      row['is_billed'],
    ]);
  };
  const today = new Date().toISOString().slice(0, 10);

  it('shows what would differ in each period of each subscription, and what is billed already', async () => {
    const answer = await dryRun(out);
    expect(rowsOf(answer)).toEqual([
      ['acme', 'sub', '2026-03-01', '2026-04-01', [1, '4', 1], [2, '120', 2], false],
      ['acme', 'sub', '2026-02-01', '2026-03-01', [1, '3', 2], [2, '30', 2], true],
      ['loner', null, '1970-01-01', today, [1, '5', 1], [2, '12', 2], false],
    ]);
    const { body } = answer;
    expect([body['customers'], body['periods'], body['records']]).toEqual([3, 4, 6]);
    expect(body).toMatchObject({ dry_run: true, next_cursor: null, meter: { version: 2 } });
    expect(Number(body['position'])).toBeGreaterThanOrEqual(Number(sent));
  });

  it('shows periods that end after the moment, counted on both sides of it', async () => {
    const answer = await dryRun({ ...out, valid_from: '2026-03-06T00:00:00Z' });
    expect(rowsOf(answer)).toEqual([
      ['acme', 'sub', '2026-03-01', '2026-04-01', [1, '4', 1], [2, '84', 2], false],
      ['loner', null, '2026-03-06', today, [1, '0', 0], [2, '7', 1], false],
    ]);
    expect(answer.body['meter']).toMatchObject({ valid_from: '2026-03-06T00:00:00.000Z' });
  });

  it('stores nothing', async () => {
    await dryRun(out);
    const { body } = await server.call('GET /v1/meters/tokens');
    expect([body['version'], body['aggregation']]).toMatchObject([1, { field: 'in' }]);
    const versions = await server.call('GET /v1/meters/tokens/versions');
    expect((versions.body['data'] as Row[]).length).toBe(1);
  });

  it('finds nothing where nothing changes, and where nothing is counted otherwise', async () => {
    expect(rowsOf(await dryRun({ name: 'Tokens' }))).toEqual([]);
    expect(rowsOf(await dryRun({ group_by: ['region'] }))).toEqual([]);
    expect(rowsOf(await dryRun({ ...out, valid_from: '2026-05-01T00:00:00Z' }))).toEqual([]);
  });

  it('looks at as many customers as it is asked to, and goes on from there', async () => {
    const first = await dryRun(out, '&limit=1');
    expect([(rowsOf(first) as unknown[]).length, first.body['customers']]).toEqual([2, 1]);
    const cursor = String(first.body['next_cursor']);
    const rest = await dryRun(out, `&limit=2&cursor=${cursor}`);
    expect([(rowsOf(rest) as unknown[]).length, rest.body['next_cursor']]).toEqual([1, null]);
    expect((await dryRun(out, '&limit=501')).status).toBe(422);
    expect((await dryRun(out, '&cursor=x')).status).toBe(422);
  });

  it('refuses what the change itself would be refused for', async () => {
    const answer = await dryRun({ aggregation: { type: 'mode' } });
    expect([answer.status, answer.body['errors']]).toMatchObject([
      422,
      [{ pointer: '/aggregation/type' }],
    ]);
    expect((await dryRun({}, '&dry_run=maybe')).status).toBe(422);
    const { body } = await server.call('POST /v1/api_keys', {
      body: { name: 'reader', scopes: ['read'] },
    });
    const refused = await server.call('PUT /v1/meters/tokens?dry_run=true', {
      body: out,
      key: body['secret'] as string,
    });
    expect(refused.status).toBe(403);
  });

  it('looks at so many records at most, and says whose are more', async () => {
    const seats = { type: 'sum', field: 'seats' };
    await post('/v1/meters', { code: 'seats', aggregation: seats, recurring: true });
    const charges = [{ meter_code: 'seats', model: 'standard', properties: { amount: '1' } }];
    const plan = { code: 'seats', name: 'Seats', currency: 'USD', interval: 'month', amount: 0 };
    await post('/v1/plans', { ...plan, charges });
    await post('/v1/test_clocks', { code: 'old', now: '2026-02-01T00:00:00Z' });
    await post('/v1/customers', { external_id: 'heavy', test_clock: 'old' });
    await post('/v1/subscriptions', {
      external_id: 'heavy',
      customer_id: 'heavy',
      plan_code: 'seats',
      billing_time: 'calendar',
      started_at: '2024-02-01T00:00:00Z',
    });
    // What carries over is looked at in each of the 24 periods that follow.
    const events = Array.from({ length: 9_000 }, (_, i) => ({
      ...event(`h${i}`, 'heavy', '2024-02-10T00:00:00Z', { seats: 1 }),
      code: 'seats',
    }));
    await post('/v1/events/batch', { events });
    const path = 'PUT /v1/meters/seats?dry_run=true';
    const change = { aggregation: { type: 'sum', field: 'places' }, recurring: true };
    const headers = { 'odometer-min-position': sent };
    const first = await server.call(path, { body: change, headers });
    expect([first.body['customers'], typeof first.body['next_cursor']]).toEqual([1, 'string']);
    const rest = `${path}&cursor=${String(first.body['next_cursor'])}`;
    const refused = await server.call(rest, { body: change, headers });
    expect([refused.status, refused.body['code'], refused.body['detail']]).toEqual([
      422,
      'too_many_records',
      'Customer heavy alone has more than 200000 records in the periods to be compared; choose a later "valid_from", or look at its usage by GET /v1/usage.',
    ]);
    const valid = { ...change, valid_from: '2025-12-01T00:00:00Z' };
    const later = await server.call(rest, { body: valid, headers });
    expect([later.status, later.body['records']]).toEqual([200, 27_002]);
    // Of the 24 full months and the one that runs, the latest 24; and all the time of idle and loner.
    await post('/v1/customers', { external_id: 'long', test_clock: 'old' });
    await post('/v1/subscriptions', {
      external_id: 'long',
      customer_id: 'long',
      plan_code: 'seats',
      billing_time: 'calendar',
      started_at: '2024-02-01T00:00:00Z',
    });
    const light = await server.call(`${path}&cursor=${encodeCursor(['heavy'])}`, {
      body: change,
      headers: { 'odometer-min-position': sent },
    });
    expect([light.body['customers'], light.body['periods']]).toEqual([3, 26]);
  });

  it('says beforehand what is so afterwards, and final invoices stay', async () => {
    const valid = { ...out, valid_from: '2026-02-10T00:00:00Z' };
    const expected = rowsOf(await dryRun(valid));
    expect(expected).toEqual([
      ['acme', 'sub', '2026-03-01', '2026-04-01', [1, '4', 1], [2, '120', 2], false],
      ['acme', 'sub', '2026-02-01', '2026-03-01', [1, '3', 2], [2, '21', 2], true],
      ['loner', null, '2026-02-10', today, [1, '5', 1], [2, '12', 2], false],
    ]);
    const revised = await server.call('PUT /v1/meters/tokens', { body: valid });
    sent = revised.headers.get('odometer-position')!;
    const headers = { 'odometer-min-position': sent };
    const usage = async (from: string, to: string): Promise<unknown> => {
      const query = `meter_code=tokens&customer_id=acme&from=${from}&to=${to}`;
      return (await server.call(`GET /v1/usage?${query}`, { headers })).body['total'];
    };
    expect(await usage('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z')).toBe('21');
    const current = await server.call('GET /v1/subscriptions/sub/current_usage', { headers });
    expect(current.body).toMatchObject({ amount: 12_000, charges: [{ units: '120' }] });
    await post('/v1/test_clocks/clock/advance', { to: '2026-04-15T00:00:00Z' });
    const { body } = await server.call('GET /v1/invoices?subscription_id=sub', {
      headers: { 'odometer-min-position': sent },
    });
    const totals = (body['data'] as Row[]).map(({ total }) => total);
    expect(totals).toEqual([12_000, 300]);
  });
});
