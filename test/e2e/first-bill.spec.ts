import { gzipSync } from 'node:zlib';
import { RestartableServer, type CallOptions } from './restartable-server.js';

interface Line {
  readonly type: string;
  readonly meter_code: string | null;
  readonly units: string;
  readonly amount: number;
  readonly details: object;
}

interface Invoice {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly currency: string;
  readonly subtotal: number;
  readonly total: number;
  readonly period: { readonly from: string; readonly to: string };
  readonly issued_at: string;
  readonly lines: readonly Line[];
}

interface Problem {
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string }[];
}

interface List<T> {
  readonly data: readonly T[];
}

interface Taken {
  readonly accepted: number;
  readonly position: number;
  readonly status?: string;
}

/** March 2026 in Berlin: 31 days, of which one has 23 hours. */
const MARCH = { from: '2026-02-28T23:00:00.000Z', to: '2026-03-31T22:00:00.000Z' };
const APRIL = { from: '2026-03-31T22:00:00.000Z', to: '2026-04-30T22:00:00.000Z' };
/** The subscription starts on the 11th: 21 of 31 days. */
const START = '2026-03-11T00:00:00+01:00';
const FIRST_PERIOD = { from: '2026-03-10T23:00:00.000Z', to: MARCH.to };

const PLAN = {
  code: 'pro',
  name: 'Pro',
  currency: 'EUR',
  interval: 'month',
  amount: 4_900,
  charges: [
    {
      meter_code: 'calls',
      model: 'graduated',
      properties: {
        graduated_ranges: [
          { from_value: '0', to_value: '2', per_unit_amount: '1', flat_amount: '0' },
          { from_value: '3', to_value: null, per_unit_amount: '0.333', flat_amount: '0' },
        ],
      },
    },
    { meter_code: 'traffic', model: 'standard', properties: { amount: '0.015' } },
  ],
  entitlements: [
    { feature_code: 'calls', amount: '5', reset: { interval: 'month' } },
    { feature_code: 'sso', enabled: true },
  ],
};

const callRecord = (id: string, day = '2026-03-12'): object => ({
  transaction_id: id,
  code: 'calls',
  customer_id: 'acme',
  timestamp: `${day}T10:00:00+01:00`,
});

const trafficRecord = (id: string, gigabytes: number | string, region: string): object => ({
  transaction_id: id,
  code: 'traffic',
  customer_id: 'acme',
  timestamp: '2026-03-29T12:00:00+02:00',
  properties: { gigabytes, region },
});

describe('from nothing to the first bills', () => {
  let server: RestartableServer;
  /** Position of the last write; every query asks for it, so none has to wait in the test. */
  let position = 0;

  beforeAll(async () => {
    server = await RestartableServer.create();
  }, 90_000);
  afterAll(() => server.remove());

  const post = async <Body>(path: string, body: object, more: CallOptions = {}) => {
    const answer = await server.call<Body>(`POST ${path}`, { body, ...more });
    position = Math.max(position, Number(answer.headers.get('odometer-position') ?? 0));
    return answer;
  };
  const take = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const answer = await server.call<Taken>(`POST ${path}`, { body, headers });
    position = Math.max(position, answer.body.position);
    return answer;
  };
  const get = async <Body>(path: string): Promise<Body> => {
    const headers = { 'odometer-min-position': String(position) };
    const { status, body } = await server.call<Body>(`GET ${path}`, { headers });
    expect(status).toBe(200);
    return body;
  };
  const invoices = async (): Promise<readonly Invoice[]> =>
    (await get<List<Invoice>>('/v1/invoices?customer_id=acme')).data;
  const usageOf = (meter: string, more = '') =>
    get<{ total: string; data: readonly { group: object; value: string }[] }>(
      `/v1/usage?meter_code=${meter}&customer_id=acme&from=${MARCH.from}&to=${MARCH.to}${more}`,
    );

  describe('what is sold', () => {
    it.each([
      ['/v1/meters', { code: 'calls', aggregation: { type: 'count' } }],
      [
        '/v1/meters',
        {
          code: 'traffic',
          aggregation: { type: 'sum', field: 'gigabytes' },
          group_by: ['region'],
        },
      ],
      ['/v1/features', { code: 'calls', type: 'metered', meter_code: 'calls' }],
      ['/v1/features', { code: 'sso', type: 'boolean' }],
      ['/v1/plans', PLAN],
      ['/v1/test_clocks', { code: 'spring', now: '2026-03-01T00:00:00Z' }],
      ['/v1/customers', { external_id: 'acme', timezone: 'Europe/Berlin', test_clock: 'spring' }],
      [
        '/v1/subscriptions',
        { external_id: 'acme-pro', customer_id: 'acme', plan_code: 'pro', started_at: START },
      ],
    ])('is defined at %s', async (path, body) => {
      expect((await post(path, body)).status).toBe(201);
    });

    it('is defined once by a command that is sent twice', async () => {
      const headers = { 'idempotency-key': 'feature-of-the-day' };
      const body = { code: 'export', type: 'boolean' };
      const first = await post('/v1/features', body, { headers });
      const again = await post('/v1/features', body, { headers });
      const other = await post<Problem>(
        '/v1/features',
        { code: 'import', type: 'boolean' },
        { headers },
      );
      expect([first.status, again.status, other.status]).toEqual([201, 201, 409]);
      expect(again.body).toEqual(first.body);
      expect(other.body.code).toBe('idempotency_key_reused');
    });
  });

  describe('usage', () => {
    it('comes in alone', async () => {
      const { status, body } = await take('/v1/events', callRecord('call-1'));
      expect(status).toBe(202);
      expect(body).toMatchObject({ accepted: 1, status: 'accepted' });
    });

    it('comes in by batches', async () => {
      const events = [callRecord('call-2'), trafficRecord('traffic-1', 1.25, 'eu')];
      const { status, body } = await take('/v1/events/batch', { events });
      expect(status).toBe(202);
      expect(body).toMatchObject({ accepted: 2, errors: [] });
    });

    it('comes in compressed', async () => {
      const events = [callRecord('call-3'), trafficRecord('traffic-2', '0.5', 'us')];
      const body = gzipSync(JSON.stringify({ events }));
      const answer = await take('/v1/events/batch', body, { 'content-encoding': 'gzip' });
      expect(answer.body).toMatchObject({ accepted: 2, errors: [] });
    });

    it('may be sent again, and may contradict itself', async () => {
      const again = await take('/v1/events', callRecord('call-1'));
      expect([again.status, again.body.status]).toEqual([202, 'duplicate']);
      const events = [callRecord('call-1'), callRecord('call-2', '2026-03-13')];
      expect((await take('/v1/events/batch', { events })).status).toBe(202);
      const { data } = await get<List<{ transaction_id: string; status: string }>>(
        '/v1/events?customer_id=acme&code=calls',
      );
      const statuses = data.map(({ transaction_id, status }) => `${transaction_id} ${status}`);
      expect(statuses.sort()).toEqual([
        'call-1 accepted',
        'call-1 duplicate',
        'call-2 accepted',
        'call-2 conflict',
        'call-3 accepted',
      ]);
    });

    it('is refused as a batch when one record is bad', async () => {
      const events = [callRecord('call-9'), { ...callRecord('call-10'), timestamp: 'soon' }];
      const answer = await server.call<Problem>('POST /v1/events/batch', { body: { events } });
      expect(answer.status).toBe(422);
      expect(answer.body.errors).toMatchObject([{ pointer: '/events/1/timestamp' }]);
    });

    it('is counted once, by meter and by group', async () => {
      expect((await usageOf('calls')).total).toBe('3');
      const traffic = await usageOf('traffic', '&group_by=region');
      expect(traffic.total).toBe('1.75');
      const groups = traffic.data.map(({ group, value }) => ({ group, value }));
      expect(groups).toEqual([
        { group: { region: 'eu' }, value: '1.25' },
        { group: { region: 'us' }, value: '0.5' },
      ]);
    });
  });

  describe('in the running month', () => {
    it('the clock moves into it', async () => {
      const to = '2026-03-30T12:00:00Z';
      expect((await post('/v1/test_clocks/spring/advance', { to })).status).toBe(200);
      expect(await invoices()).toEqual([]);
    });

    it('current usage shows what it will cost', async () => {
      const usage = await get<{ charges: readonly object[] }>(
        '/v1/subscriptions/acme-pro/current_usage',
      );
      // 3 calls: 2 × 1 + 1 × 0.333 = 2.333; 1.75 GB × 0.015 = 0.02625.
      expect(usage).toMatchObject({
        subscription_id: 'acme-pro',
        currency: 'EUR',
        amount: 236,
        ...FIRST_PERIOD,
      });
      expect(usage.charges).toMatchObject([
        { meter_code: 'calls', model: 'graduated', units: '3', events_count: 3, amount: 233 },
        { meter_code: 'traffic', model: 'standard', units: '1.75', events_count: 2, amount: 3 },
      ]);
    });

    it('balances show what is left', async () => {
      const { data } = await get<List<object>>('/v1/customers/acme/balances');
      expect(data).toHaveLength(2);
      expect(data).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            feature_code: 'calls',
            granted: '5',
            used: '3',
            remaining: '2',
            overage: '0',
            resets_at: MARCH.to,
          }),
          expect.objectContaining({ feature_code: 'sso', type: 'boolean' }),
        ]),
      );
    });

    it.each([
      ['2 more calls', { feature_code: 'calls', required: 2 }, { allowed: true }],
      ['the flag', { feature_code: 'sso' }, { allowed: true }],
      [
        'what the plan does not grant',
        { feature_code: 'export' },
        { allowed: false, reason: 'feature_not_granted', balance: null },
      ],
    ])('a check answers for %s', async (_, question, expected) => {
      const answer = await post('/v1/check', { customer_id: 'acme', ...question });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject(expected);
    });

    it('tracking counts and answers the balance after it', async () => {
      const body = { customer_id: 'acme', feature_code: 'calls', transaction_id: 'tracked' };
      const answer = await post('/v1/track', body);
      expect(answer.body).toMatchObject({
        transaction_id: 'tracked',
        balance: { used: '4', remaining: '1' },
      });
      const again = await post('/v1/track', body);
      expect(again.body).toMatchObject({ balance: { used: '4', remaining: '1' } });
    });

    it('a query for a position that is not there yet is refused, not answered wrongly', async () => {
      const headers = { 'odometer-min-position': String(position + 1_000) };
      const answer = await server.call<Problem>('GET /v1/meters', { headers });
      expect([answer.status, answer.body.code]).toEqual([503, 'position_not_reached']);
    }, 15_000);
  });

  describe('when the month is over', () => {
    const line = (invoice: Invoice | undefined, meter: string | null): Line | undefined =>
      invoice?.lines.find(({ meter_code }) => meter_code === meter);

    it('there is one final invoice, exact to the cent', async () => {
      const to = '2026-04-01T06:00:00Z';
      expect((await post('/v1/test_clocks/spring/advance', { to })).status).toBe(200);
      const [invoice, ...others] = await invoices();
      expect(others).toEqual([]);
      // 21 × 49.00 / 31 = 33.19; 2 + 2 × 0.333 = 2.67; 0.03.
      expect(invoice).toMatchObject({
        number: 'INV-000001',
        status: 'finalized',
        currency: 'EUR',
        subtotal: 3_589,
        total: 3_589,
        period: FIRST_PERIOD,
        issued_at: MARCH.to,
      });
      expect(line(invoice, null)).toMatchObject({
        type: 'subscription',
        amount: 3_319,
        details: { days: 21, full_period_days: 31 },
      });
      expect(line(invoice, 'calls')).toMatchObject({ type: 'charge', units: '4', amount: 267 });
      expect(line(invoice, 'traffic')).toMatchObject({ type: 'charge', units: '1.75', amount: 3 });
    });

    it('everything is there after a restart', async () => {
      const before = await invoices();
      expect(await server.stop()).toBe(0);
      await server.start();
      expect(await invoices()).toEqual(before);
      expect((await usageOf('calls')).total).toBe('4');
    }, 60_000);

    it('a late record leaves the final invoice alone and is on the next one', async () => {
      const [before] = await invoices();
      const { body } = await take('/v1/events', callRecord('late', '2026-03-20'));
      expect(body.accepted).toBe(1);
      await post('/v1/test_clocks/spring/advance', { to: '2026-05-01T06:00:00Z' });
      const byNumber = [...(await invoices())].sort((a, b) => a.number.localeCompare(b.number));
      expect(byNumber.map(({ number }) => number)).toEqual(['INV-000001', 'INV-000002']);
      const [first, second] = byNumber;
      expect(first).toEqual(before);
      // Five calls are worth 2 + 3 × 0.333 = 3.00; 2.67 were billed.
      expect(second).toMatchObject({ status: 'finalized', total: 4_933, period: APRIL });
      expect(second?.lines.map(({ type, amount }) => [type, amount])).toEqual([
        ['subscription', 4_900],
        ['true_up', 33],
      ]);
      expect(second?.lines[1]).toMatchObject({ meter_code: 'calls', units: '1' });
    });

    it('moving the clock to where it is bills nothing more', async () => {
      await post('/v1/test_clocks/spring/advance', { to: '2026-05-01T06:00:00Z' });
      expect(await invoices()).toHaveLength(2);
    });

    it('an invoice is found by its id', async () => {
      const [invoice] = await invoices();
      expect(await get(`/v1/invoices/${invoice!.id}`)).toEqual(invoice);
    });
  });

  describe('others', () => {
    const keyWith = async (scope: string): Promise<string> => {
      const body = { name: scope, scopes: [scope] };
      const answer = await post<{ secret: string }>('/v1/api_keys', body);
      expect(answer.status).toBe(201);
      await get('/v1/meters');
      return answer.body.secret;
    };

    it('of another tenant see nothing', async () => {
      const [invoice] = await invoices();
      const tenant = await post<{ admin_key: { secret: string } }>('/v1/tenants', {
        name: 'Other',
      });
      const key = tenant.body.admin_key.secret;
      await get('/v1/meters');
      for (const path of [
        '/v1/customers/acme',
        '/v1/customers/acme/balances',
        '/v1/customers/acme/current_usage',
        '/v1/subscriptions/acme-pro',
        '/v1/subscriptions/acme-pro/current_usage',
        '/v1/plans/pro',
        '/v1/meters/calls',
        `/v1/invoices/${invoice!.id}`,
      ]) {
        expect([path, (await server.call(`GET ${path}`, { key })).status]).toEqual([path, 404]);
      }
      for (const path of ['/v1/invoices', '/v1/customers', '/v1/events?customer_id=acme']) {
        const answer = await server.call<List<object>>(`GET ${path}`, { key });
        expect([path, answer.body.data]).toEqual([path, []]);
      }
      const usage = `/v1/usage?meter_code=calls&from=${MARCH.from}&to=${MARCH.to}`;
      expect((await server.call(`GET ${usage}`, { key })).status).toBe(404);
    });

    it('with a key for reading write nothing', async () => {
      const key = await keyWith('read');
      expect((await server.call('GET /v1/invoices', { key })).status).toBe(200);
      for (const [path, body] of [
        ['/v1/events', callRecord('forbidden')],
        ['/v1/meters', { code: 'm', aggregation: { type: 'count' } }],
        ['/v1/test_clocks/spring/advance', { to: '2026-06-01T00:00:00Z' }],
        ['/v1/api_keys', { name: 'k', scopes: ['admin'] }],
      ] as const) {
        const answer = await server.call(`POST ${path}`, { key, body });
        expect([path, answer.status]).toEqual([path, 403]);
      }
    });

    it('with a key for sending usage read nothing', async () => {
      const key = await keyWith('ingest');
      const sent = await server.call('POST /v1/events', { key, body: callRecord('call-1') });
      expect(sent.status).toBe(202);
      expect((await server.call('GET /v1/invoices', { key })).status).toBe(403);
    });
  });
});
