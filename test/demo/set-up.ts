import { DateTime } from 'luxon';
import { each, type Api } from './api.js';
import { withProgress } from './progress.js';
import {
  CLOCK,
  CURRENCY,
  EVENT_CODE,
  FEATURE,
  METER_CODES,
  METERS,
  MONTHS,
  PLAN,
  planBody,
} from './tariff.js';
import { zoneOf } from './time-zones.js';

/** Midnight at the airport on the first day of a month. */
export const monthStart = (airport: string, month: string): string =>
  DateTime.fromISO(`${month}-01`, { zone: zoneOf(airport) }).toISO({
    suppressMilliseconds: true,
  })!;

/** A list of things to have: where they are made, how they are recognised there. */
interface Wanted {
  readonly title: string;
  readonly path: string;
  /** The field that identifies one. */
  readonly key: 'code' | 'external_id';
  readonly bodies: readonly Readonly<Record<string, unknown>>[];
}

/** Sees to it that everything the flights need exists; answers how many things were missing. */
export async function setUp(api: Api, cities: ReadonlyMap<string, string>): Promise<number> {
  const airports = [...cities.keys()];
  const wanted: Wanted[] = [
    { title: 'Meters', path: '/v1/meters', key: 'code', bodies: meterBodies() },
    { title: 'Features', path: '/v1/features', key: 'code', bodies: [FEATURE_BODY] },
    { title: 'Plans', path: '/v1/plans', key: 'code', bodies: [planBody()] },
    { title: 'Test clocks', path: '/v1/test_clocks', key: 'code', bodies: [CLOCK_BODY] },
    {
      title: 'Customers, each in its time zone',
      path: '/v1/customers',
      key: 'external_id',
      bodies: airports.map((airport) => customerBody(airport, cities.get(airport)!)),
    },
    {
      title: 'Subscriptions',
      path: '/v1/subscriptions',
      key: 'external_id',
      bodies: airports.map(subscriptionBody),
    },
  ];
  let made = 0;
  for (const list of wanted) made += await ensure(api, list);
  return made;
}

/** Makes what is missing; answers how many. */
async function ensure(api: Api, { title, path, key, bodies }: Wanted): Promise<number> {
  const entries = await api.list<Record<string, unknown>>(path);
  const known = new Set(entries.map((entry) => entry[key]));
  const missing = bodies.filter((body) => !known.has(body[key]));
  await withProgress(title, bodies.length, async (advance) => {
    advance(bodies.length - missing.length);
    await each(missing, (body) => api.post(path, body), advance);
  });
  return missing.length;
}

const meterBodies = (): Record<string, unknown>[] =>
  METER_CODES.map((code) => ({ code, event_code: EVENT_CODE, ...METERS[code] }));

const FEATURE_BODY = {
  code: FEATURE,
  name: 'Departures',
  type: 'metered',
  meter_code: 'departures',
};

const CLOCK_BODY = { code: CLOCK, now: '2001-01-01T00:00:00Z' };

const customerBody = (airport: string, city: string): Record<string, unknown> => ({
  external_id: airport,
  name: `${city} airport`,
  currency: CURRENCY,
  timezone: zoneOf(airport),
  test_clock: CLOCK,
});

const subscriptionBody = (airport: string): Record<string, unknown> => ({
  external_id: `${airport}-2001`,
  customer_id: airport,
  plan_code: PLAN,
  billing_time: 'calendar',
  started_at: monthStart(airport, MONTHS[0]),
});
