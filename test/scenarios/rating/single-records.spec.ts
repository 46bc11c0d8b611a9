import type { JsonObject } from '@odometer/domain';
import { startTestServer, type TestServer } from '../../../apps/server/src/server.fixture.js';

/** Prices that look at single records, from the events that are sent to the running usage. Numbers as Lago has them, in cents. */
interface SingleRecords {
  readonly title: string;
  readonly charge: JsonObject;
  /** An event each, and what the running period comes to after it. */
  readonly events: readonly (readonly [event: JsonObject, amount: number])[];
}

const sums = (values: readonly number[], amounts: readonly number[]) =>
  values.map((n, index) => [{ properties: { n } }, amounts[index] ?? 0] as const);

const cases: readonly SingleRecords[] = [
  {
    title: '1 % and 5 for each, 3 records free',
    charge: {
      model: 'percentage',
      properties: { rate: '1', fixed_amount: '5', free_units_per_events: 3 },
    },
    events: sums([20, 20, 20, 20], [0, 0, 0, 520]),
  },
  {
    title: '1 % and 5 for each, 15 units free',
    charge: {
      model: 'percentage',
      properties: { rate: '1', fixed_amount: '5', free_units_per_total_aggregation: '15.0' },
    },
    events: sums([4, 4, 4, 4, 10], [0, 0, 0, 501, 1011]),
  },
  {
    title: '1 % and 5 for each, free within 3 records and 15 units',
    charge: {
      model: 'percentage',
      properties: {
        rate: '1',
        fixed_amount: '5',
        free_units_per_events: 3,
        free_units_per_total_aggregation: '15.0',
      },
    },
    events: sums([10, 10, 10], [0, 505, 1015]),
  },
  {
    title: '1 % and 1 for each, from 1.75 to 12',
    charge: {
      model: 'percentage',
      properties: {
        rate: '1',
        fixed_amount: '1',
        per_transaction_min_amount: '1.75',
        per_transaction_max_amount: '12',
      },
    },
    events: sums([50, 200, 20_000], [175, 475, 1675]),
  },
  {
    title: '1 % and 1 for each, without a rule',
    charge: { model: 'percentage', properties: { rate: '1', fixed_amount: '1' } },
    events: sums([50, 200], [150, 450]),
  },
  {
    title: '5 % to 100, then 2 % and 10',
    charge: {
      model: 'graduated_percentage',
      properties: {
        graduated_percentage_ranges: [
          { from_value: 0, to_value: 100, rate: '5', flat_amount: '0' },
          { from_value: 101, to_value: null, rate: '2', flat_amount: '10' },
        ],
      },
    },
    events: sums([50, 150], [250, 1700]),
  },
  {
    title: 'prices that the sender names, beside the properties or among them',
    charge: { model: 'dynamic', properties: {} },
    events: [
      [{ properties: { n: 5 }, precise_total_amount_cents: '20.2' }, 20],
      [{ properties: { n: 1, precise_total_amount_cents: 801.9 } }, 822],
      [{ properties: { n: 1 } }, 822],
    ],
  },
  {
    title: '50 % and the first record free, each billed as it comes',
    charge: {
      model: 'percentage',
      pay_in_advance: true,
      properties: { rate: '50', free_units_per_events: 1 },
    },
    events: sums([4, 4], [0, 200]),
  },
  {
    title: '5 % and 1 for each, 120 units free, each billed as it comes',
    charge: {
      model: 'percentage',
      pay_in_advance: true,
      properties: { rate: '5', fixed_amount: '1', free_units_per_total_aggregation: '120.0' },
    },
    events: sums([100, 10, 20, 20], [0, 0, 150, 350]),
  },
  {
    title: 'prices that the sender names, each billed as it comes',
    charge: { model: 'dynamic', pay_in_advance: true, properties: {} },
    events: [
      [{ properties: { n: 5 }, precise_total_amount_cents: '1234.56' }, 1235],
      [{ properties: { n: '1' }, precise_total_amount_cents: '2.1' }, 1237],
    ],
  },
];

let server: TestServer;

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await server.call(`POST ${path}`, { body });
  expect([path, answer.body['errors'] ?? [], answer.status < 300]).toEqual([path, [], true]);
  return answer.body;
}

beforeAll(async () => {
  server = await startTestServer();
  const aggregation = { type: 'sum', field: 'n' };
  await post('/v1/meters', { code: 'paid', name: 'Paid', event_code: 'paid', aggregation });
});

afterAll(() => server.stop());

describe('the running usage', () => {
  it.each(cases.map((one, index) => ({ ...one, id: `case-${index}` })))(
    'of $title follows each record',
    async ({ id, charge, events }) => {
      await post('/v1/plans', {
        code: id,
        name: id,
        currency: 'EUR',
        interval: 'month',
        amount: 0,
        charges: [{ meter_code: 'paid', ...charge }],
      });
      await post('/v1/customers', { external_id: id });
      await post('/v1/subscriptions', {
        external_id: id,
        customer_id: id,
        plan_code: id,
        billing_time: 'calendar',
      });
      for (const [index, [event, amount]] of events.entries()) {
        const sent = { transaction_id: `${id}-${index}`, code: 'paid', customer_id: id, ...event };
        const { position } = await post('/v1/events', sent);
        const usage = await server.call(`GET /v1/subscriptions/${id}/current_usage`, {
          headers: { 'odometer-min-position': String(position) },
        });
        expect([index, usage.status, usage.body['amount']]).toEqual([index, 200, amount]);
      }
    },
  );
});
