import { startTestServer, type TestServer } from '../server.fixture.js';

/** Paths that name something, of which there is nothing: those that answer 404 tell no position. */
const NAMED = /\{/;

describe('the log position of an answer', () => {
  let server: TestServer;
  let position = 0;

  beforeAll(async () => {
    server = await startTestServer();
    await server.call('POST /v1/meters', {
      body: { code: 'calls', aggregation: { type: 'count' } },
    });
    await server.call('POST /v1/plans', {
      body: {
        code: 'free',
        name: 'Free',
        currency: 'EUR',
        interval: 'month',
        amount: 0,
        charges: [{ meter_code: 'calls', model: 'standard', properties: { amount: '1' } }],
      },
    });
    await server.call('POST /v1/customers', { body: { external_id: 'acme' } });
    const subscription = { external_id: 'sub', customer_id: 'acme', plan_code: 'free' };
    const subscribed = await server.call('POST /v1/subscriptions', { body: subscription });
    const sent = await server.call('POST /v1/events', {
      body: { transaction_id: 't', code: 'calls', customer_id: 'acme' },
    });
    expect([subscribed.status, sent.status]).toEqual([201, 202]);
    position = Number(sent.body['position']);
  });
  afterAll(() => server.stop());

  const get = (path: string, asked = position) =>
    server.call(`GET ${path}`, { headers: { 'odometer-min-position': String(asked) } });

  it('is told by every list and report', async () => {
    const { body } = await server.call('GET /openapi.json');
    const paths = Object.entries(body['paths'] as Record<string, object>)
      .filter(([path, item]) => path.startsWith('/v1/') && 'get' in item && !NAMED.test(path))
      .map(([path]) => path);
    expect(paths.length).toBeGreaterThan(15);
    const period = 'meter_code=calls&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z';
    for (const path of paths) {
      const answer = await get(path.startsWith('/v1/usage') ? `${path}?${period}` : path);
      const told = Number(answer.headers.get('odometer-position'));
      expect([path, answer.status, told >= position]).toEqual([path, 200, true]);
    }
  });

  it.each([
    '/v1/meters/calls',
    '/v1/customers/acme',
    '/v1/customers/acme/balances',
    '/v1/customers/acme/past_usage',
    '/v1/subscriptions/sub',
    '/v1/events/t?customer_id=acme',
  ])('is told by %s', async (path) => {
    const answer = await get(path);
    const told = Number(answer.headers.get('odometer-position'));
    expect([answer.status, told >= position]).toEqual([200, true]);
  });

  it.each([
    '/v1/events',
    '/v1/usage?meter_code=calls&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z',
    '/v1/subscriptions/sub/current_usage',
    '/v1/subscriptions/sub/projected_usage',
    '/v1/customers/acme/balances',
  ])('stands in the body of %s', async (path) => {
    const { status, body } = await get(path);
    expect([status, Number(body['position']) >= position]).toEqual([200, true]);
  });

  it('stands in the body of a preview', async () => {
    const { status, body } = await server.call('POST /v1/invoices/preview', {
      body: { subscription_id: 'sub' },
    });
    expect([status, Number(body['position']) >= position]).toEqual([200, true]);
  });

  const questions: [string, object][] = [
    ['POST /v1/invoices/preview', { subscription_id: 'sub' }],
    ['POST /v1/pricing/estimate', { plan_code: 'free', usage: {} }],
    ['PUT /v1/meters/calls?dry_run=true', { aggregation: { type: 'count' } }],
  ];
  const ask = ([request, body]: [string, object], asked: number) =>
    server.call(request, { body, headers: { 'odometer-min-position': String(asked) } });

  it.each(questions)('is told where a body asks: %s', async (...question) => {
    const answer = await ask(question, position);
    const told = Number(answer.headers.get('odometer-position'));
    expect([answer.status, told >= position]).toEqual([200, true]);
  });

  it('is told without being asked for, and never behind what was asked for', async () => {
    const unasked = await server.call('GET /v1/meters');
    expect(Number(unasked.headers.get('odometer-position'))).toBeGreaterThanOrEqual(position);
    const told = (await get('/v1/meters', position)).headers.get('odometer-position');
    expect(Number(told)).toBeGreaterThanOrEqual(position);
  });

  it('is waited for when it is asked for, for a while', async () => {
    const late = position + 1_000;
    const answers = await Promise.all([
      get('/v1/meters', late),
      ...questions.map((question) => ask(question, late)),
    ]);
    const told = answers.map(({ status, body }) => [status, body['code']]);
    expect(told).toEqual(answers.map(() => [503, 'position_not_reached']));
  });
});
