import { DateTime } from 'luxon';
import { each, type Api } from './api.js';
import type { Difference } from './difference.js';
import type { ExpectedMonth } from './expected.js';
import type { Flight } from './flights.js';
import { withProgress } from './progress.js';
import { CLOCK, EVENT_CODE, FEATURE, INCLUDED_DEPARTURES, MONTHS } from './tariff.js';
import { zoneOf } from './time-zones.js';

const BATCH_SIZE = 1_000;

interface Balance {
  readonly feature_code: string;
  readonly granted: string;
  readonly used: string;
  readonly remaining: string;
  readonly overage: string;
  readonly resets_at: string;
}

/** Lives through the three months: the flights of a month come in, balances are looked at on its last day, then it is billed. */
export async function liveThrough(
  api: Api,
  flights: readonly Flight[],
  expected: readonly ExpectedMonth[],
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const month of MONTHS) {
    const name = DateTime.fromISO(month).toFormat('LLLL');
    const own = flights.filter((flight) => flight.month === month);
    await withProgress(`Flights of ${name}`, own.length, (advance) => send(api, own, advance));
    const lastDay = DateTime.fromISO(month, { zone: 'utc' }).endOf('month').set({ hour: 16 });
    if (await advanceClock(api, lastDay)) {
      const due = expected.filter((each) => each.month === month);
      differences.push(
        ...(await withProgress(`Balances at the end of ${name}`, due.length, (advance) =>
          checkBalances(api, due, advance),
        )),
      );
    }
    // Noon in London: the first day of the month has begun at every one of the airports.
    const nextMonth = lastDay.plus({ days: 1 }).set({ hour: 12 });
    await withProgress(`Bills for ${name}`, 1, async () => advanceClock(api, nextMonth));
  }
  return differences;
}

async function send(
  api: Api,
  flights: readonly Flight[],
  advance: (by: number) => void,
): Promise<void> {
  for (let at = 0; at < flights.length; at += BATCH_SIZE) {
    const events = flights.slice(at, at + BATCH_SIZE).map(recordOf);
    await api.post('/v1/events/batch', { events });
    advance(events.length);
  }
}

const recordOf = (flight: Flight): object => ({
  transaction_id: flight.id,
  code: EVENT_CODE,
  customer_id: flight.origin,
  timestamp: DateTime.fromISO(flight.localTime, { zone: zoneOf(flight.origin) }).toISO(),
  properties: {
    destination: flight.destination,
    miles: flight.miles,
    delay_minutes: flight.delayMinutes,
  },
});

/** Whether it moved: a clock that an earlier run has moved on stays where it is. */
async function advanceClock(api: Api, to: DateTime): Promise<boolean> {
  const clock = await api.get<{ now: string }>(`/v1/test_clocks/${CLOCK}`);
  if (Date.parse(clock.now) >= to.toMillis()) return false;
  await api.post(`/v1/test_clocks/${CLOCK}/advance`, { to: to.toISO() });
  return true;
}

async function checkBalances(
  api: Api,
  expected: readonly ExpectedMonth[],
  advance: () => void,
): Promise<Difference[]> {
  const found = await each(
    expected,
    async ({ airport, month, usage }) => {
      const path = `/v1/customers/${airport}/balances`;
      const { data } = await api.get<{ data: Balance[] }>(path);
      const balance = data.find(({ feature_code }) => feature_code === FEATURE);
      const remaining = Math.max(0, INCLUDED_DEPARTURES - usage.departures);
      const want = `${usage.departures} used, ${remaining} left`;
      const got = balance ? `${balance.used} used, ${balance.remaining} left` : 'none';
      return got === want ? [] : [{ airport, month, what: 'balance', expected: want, got }];
    },
    advance,
  );
  return found.flat();
}
