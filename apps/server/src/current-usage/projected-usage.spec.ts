import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

describe('projected usage', () => {
  let server: TestServer;
  let position = 0;

  const post = async (path: string, body: object): Promise<Answer> => {
    const answer = await server.call(`POST ${path}`, { body });
    expect([path, answer.status]).toEqual([path, answer.status < 300 ? answer.status : 201]);
    const told = answer.headers.get('odometer-position') ?? answer.body['position'] ?? 0;
    position = Math.max(position, Number(told));
    return answer;
  };
  const get = (path: string): Promise<Answer> =>
    server.call(`GET ${path}`, { headers: { 'odometer-min-position': String(position) } });

  beforeAll(async () => {
    server = await startTestServer();
    await post('/v1/test_clocks', { code: 'june', now: '2026-06-01T00:00:00Z' });
    await post('/v1/meters', {
      code: 'calls',
      aggregation: { type: 'count' },
      group_by: ['region'],
    });
    await post('/v1/meters', {
      code: 'peak',
      event_code: 'calls',
      aggregation: { type: 'max', field: 'n' },
    });
    await post('/v1/plans', {
      code: 'pro',
      name: 'Pro',
      currency: 'EUR',
      interval: 'month',
      amount: 900,
      charges: [
        {
          meter_code: 'calls',
          model: 'package',
          properties: { amount: '1', package_size: 10, free_units: 0 },
          filters: [
            {
              values: { region: ['eu'] },
              properties: { amount: '2', package_size: 10, free_units: 0 },
            },
          ],
        },
        { meter_code: 'peak', model: 'standard', properties: { amount: '0.5' } },
      ],
    });
    await post('/v1/customers', { external_id: 'acme', test_clock: 'june' });
    await post('/v1/subscriptions', {
      external_id: 'acme-pro',
      customer_id: 'acme',
      plan_code: 'pro',
      started_at: '2026-06-01T00:00:00Z',
    });
    await post('/v1/events/batch', {
      events: Array.from({ length: 12 }, (_, n) => ({
        transaction_id: `t${n}`,
        code: 'calls',
        customer_id: 'acme',
        timestamp: `2026-06-0${(n % 9) + 1}T12:00:00Z`,
        properties: { region: n < 8 ? 'eu' : 'us', n },
      })),
    });
    await post('/v1/test_clocks/june/advance', { to: '2026-06-11T00:00:00Z' });
  });
  afterAll(() => server.stop());

  it('prices what there will be when a third of the month is over', async () => {
    const { status, body } = await get('/v1/subscriptions/acme-pro/projected_usage');
    expect([status, body['elapsed_ms'], body['length_ms']]).toEqual([
      200, 864_000_000, 2_592_000_000,
    ]);
    // 24 in the EU are 3 packages at 2, 12 in the US are 2 at 1, and a peak of 11 stays one.
    expect(body).toMatchObject({
      subscription_id: 'acme-pro',
      from: '2026-06-01T00:00:00.000Z',
      to: '2026-07-01T00:00:00.000Z',
      amount: 200 + 100 + 550,
      projected_amount: 600 + 200 + 550,
      charges: [
        {
          units: '12',
          projected_units: '36',
          events_count: 12,
          amount: 300,
          projected_amount: 800,
          filters: [
            { units: '8', projected_units: '24', amount: 200, projected_amount: 600 },
            { values: null, units: '4', projected_units: '12', amount: 100, projected_amount: 200 },
          ],
          groups: [
            { group: { region: 'eu' }, units: '8', projected_units: '24', projected_amount: null },
            { group: { region: 'us' }, units: '4', projected_units: '12', projected_amount: null },
          ],
        },
        { units: '11', projected_units: '11', amount: 550, projected_amount: 550, filters: [] },
      ],
    });
    expect(body['position']).toBeGreaterThanOrEqual(position);
  });

  it('of a customer is that of each subscription', async () => {
    const ofCustomer = await get('/v1/customers/acme/projected_usage');
    const { body } = await get('/v1/subscriptions/acme-pro/projected_usage');
    expect(ofCustomer.body).toEqual({ customer_id: 'acme', subscriptions: [body] });
  });

  it('shows so far what current usage shows', async () => {
    const current = await get('/v1/subscriptions/acme-pro/current_usage');
    const { body } = await get('/v1/subscriptions/acme-pro/projected_usage');
    expect([current.body['amount'], current.body['to']]).toEqual([body['amount'], body['to']]);
  });

  it('of somebody unknown is not there', async () => {
    expect((await get('/v1/customers/nobody/projected_usage')).status).toBe(404);
    expect((await get('/v1/subscriptions/nobody/projected_usage')).status).toBe(404);
  });
});
