import type { Api } from './api.js';
import { customerOf, EVENT_CODE } from './records.js';

export const COUNT_METER = 'calls';
export const SUM_METER = 'bytes';
export const FEATURE = 'api_calls';
const PLAN = 'bench';

/** Ranks of the customers that are subscribed, asked and compared one by one: the busiest, and some of the long tail. */
export function sampleRanks(customers: number): number[] {
  const ranks = new Set([0, 1, 2, 3, 5, 8, 13, 21, 34, 55]);
  for (let at = 1; at <= 40; at += 1) ranks.add(Math.floor((customers * at) / 41));
  return [...ranks].filter((rank) => rank < customers);
}

/** Two meters over the same records, a metered feature, a plan that prices both, and subscriptions for the sample. */
export async function setUpCatalog(
  api: Api,
  { customers, startedAt }: { readonly customers: number; readonly startedAt: number },
): Promise<void> {
  const count = { code: COUNT_METER, event_code: EVENT_CODE, aggregation: { type: 'count' } };
  await api.post('/v1/meters', count);
  const sum = { type: 'sum', field: 'bytes' };
  await api.post('/v1/meters', { code: SUM_METER, event_code: EVENT_CODE, aggregation: sum });
  await api.post('/v1/features', { code: FEATURE, type: 'metered', meter_code: COUNT_METER });
  await api.post('/v1/plans', {
    code: PLAN,
    name: 'Bench',
    currency: 'USD',
    interval: 'month',
    amount: 4_900,
    charges: [
      { meter_code: COUNT_METER, model: 'standard', properties: { amount: '0.001' } },
      { meter_code: SUM_METER, model: 'standard', properties: { amount: '0.00001' } },
    ],
    entitlements: [{ feature_code: FEATURE, amount: '1000000000', reset: { interval: 'month' } }],
  });
  for (const rank of sampleRanks(customers)) {
    const customer = customerOf(rank);
    await api.post('/v1/customers', { external_id: customer, currency: 'USD' });
    await api.post('/v1/subscriptions', {
      external_id: `${customer}_bench`,
      customer_id: customer,
      plan_code: PLAN,
      started_at: new Date(startedAt).toISOString(),
    });
  }
}

/** Usage of one customer, or of all, over a time that contains every record. */
export function usagePath(meter: string, window: Window, customer?: string): string {
  const query = new URLSearchParams({
    meter_code: meter,
    ...(customer === undefined ? {} : { customer_id: customer }),
    from: new Date(window.from).toISOString(),
    to: new Date(window.to).toISOString(),
  });
  return `/v1/usage?${query.toString()}`;
}

export const currentUsagePath = (customer: string): string =>
  `/v1/customers/${customer}/current_usage`;

export const balancesPath = (customer: string): string => `/v1/customers/${customer}/balances`;

/** `[from, to)` in epoch milliseconds. */
export interface Window {
  readonly from: number;
  readonly to: number;
}
