import fc from 'fast-check';
import { decimal, type Decimal, type JsonObject, type Meter } from '@odometer/domain';
import { meterOf, recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-01T00:00:00Z');
const HOURS = 5;

/** One event as it happened; `sent` is how often, and where in the stream it comes. */
interface Happened {
  readonly at: number;
  readonly cents: number;
  readonly user: string;
  readonly removed: boolean;
  readonly place: number;
  readonly sent: number;
}

const happened: fc.Arbitrary<Happened> = fc.record({
  at: fc.integer({ min: 0, max: HOURS * HOUR }).map((ms) => START + ms),
  cents: fc.integer({ min: -500, max: 5_000 }),
  user: fc.constantFrom('u1', 'u2', 'u3'),
  removed: fc.boolean(),
  place: fc.nat(1_000),
  sent: fc.integer({ min: 1, max: 3 }),
});

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Some windows lie on hours, some cut them. */
const windows: fc.Arbitrary<Window> = fc
  .tuple(
    fc.integer({ min: -1, max: HOURS * 4 + 1 }),
    fc.integer({ min: 1, max: HOURS * 4 }),
    fc.nat(3),
  )
  .map(([from, length, odd]) => ({
    from: START + (from * HOUR) / 4 + odd,
    to: START + ((from + length) * HOUR) / 4 + odd,
  }));

/** What a meter should say of the events of a window, told the plain way: by walking over them in the order of time. */
type Model = (events: readonly Happened[], window: Window) => Decimal;

const ZERO = decimal(0);
const valueOf = ({ cents }: Happened): Decimal => decimal(cents).div(100);
const total = (events: readonly Happened[]): Decimal =>
  events.reduce((sum, event) => sum.plus(valueOf(event)), ZERO);
const byValue = (events: readonly Happened[]): Happened[] =>
  [...events].sort((a, b) => a.cents - b.cents);

const distinct: Model = (events) => {
  const seats = new Set<string>();
  for (const { user, removed } of events) {
    if (removed) seats.delete(user);
    else seats.add(user);
  }
  return decimal(seats.size);
};

/** Milliseconds that each running value lasts in the window. */
const weighted: Model = (events, { from, to }) => {
  let area = ZERO;
  for (const event of events) {
    area = area.plus(valueOf(event).times(to - Math.max(event.at, from)));
  }
  return area.div(to - from);
};

const field = { field: 'value' };
const cases: readonly [
  Omit<Meter, 'version' | 'code' | 'eventCode' | 'filters' | 'groupBy'>,
  Model,
][] = [
  [{ aggregation: { type: 'count' } }, (events) => decimal(events.length)],
  [{ aggregation: { type: 'sum', ...field } }, total],
  [{ aggregation: { type: 'sum', ...field }, recurring: true }, total],
  [
    { aggregation: { type: 'sum', expression: '-2 * properties.value + 1' } },
    (events) => total(events).times(-2).plus(events.length),
  ],
  [{ aggregation: { type: 'max', ...field } }, (events) => total(byValue(events).slice(-1))],
  [{ aggregation: { type: 'min', ...field } }, (events) => total(byValue(events).slice(0, 1))],
  [{ aggregation: { type: 'latest', ...field } }, (events) => total(events.slice(-1))],
  [
    { aggregation: { type: 'average', ...field } },
    (events) => (events.length === 0 ? ZERO : total(events).div(events.length)),
  ],
  [{ aggregation: { type: 'unique_count', field: 'user' } }, distinct],
  [{ aggregation: { type: 'unique_count', field: 'user' }, recurring: true }, distinct],
  [{ aggregation: { type: 'weighted_sum', ...field } }, weighted],
  [{ aggregation: { type: 'weighted_sum', ...field }, recurring: true }, weighted],
  [
    { aggregation: { type: 'custom', ...field, settings: { formula: 'latest - first * count' } } },
    (events) => total(events.slice(-1)).minus(total(events.slice(0, 1)).times(events.length)),
  ],
];
const meters = cases.map(([given], at) => meterOf({ code: `meter-${at}`, ...given }));

/** Late, early, repeated and in odd places: the stream in which the events come, each at least once. */
const stream = (events: readonly Happened[]): Happened[] =>
  events
    .flatMap((event) => Array.from({ length: event.sent }, (_, copy) => ({ event, copy })))
    .sort(
      (a, b) =>
        ((a.event.place * 7 + a.copy * 331) % 997) - ((b.event.place * 7 + b.copy * 331) % 997),
    )
    .map(({ event }) => event);

describe('a history of events in any order', () => {
  let usage: UsageFixture;
  let run = 0;

  beforeAll(async () => {
    usage = await usageFixture();
    // Half of the meters are there before the events, the others count what they find.
    for (const meter of meters.slice(0, 7)) await usage.define(meter);
  });
  afterAll(() => usage.close());

  const record = (event: Happened, customerId: string, id: number) => {
    const properties: JsonObject = {
      value: decimal(event.cents).div(100).toFixed(),
      user: event.user,
      ...(event.removed ? { operation_type: 'remove' } : {}),
    };
    return recordOf({ transactionId: `t${id}`, customerId, timestamp: event.at, properties });
  };

  it('counts what a walk over its events counts, for every aggregation, in any window', async () => {
    const histories = fc.record({
      // Times differ, so that the walk needs no place in the log.
      events: fc.uniqueArray(happened, { selector: ({ at }) => at, maxLength: 14 }),
      batch: fc.integer({ min: 1, max: 5 }),
      asked: fc.array(windows, { minLength: 2, maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(histories, async ({ events, batch, asked }) => {
        const customerId = `customer-${(run += 1)}`;
        const sent = stream(events);
        for (let from = 0; from < sent.length; from += batch) {
          const part = sent.slice(from, from + batch);
          await usage.record(part.map((one) => record(one, customerId, events.indexOf(one))));
          await usage.project({ batch, restart: batch === 5 });
        }
        if (run === 5) for (const meter of meters.slice(7)) await usage.define(meter);
        await usage.project();
        if (run < 5) return;
        const walk = [...events].sort((a, b) => a.at - b.at);
        for (const [at, [{ recurring }, model]] of cases.entries()) {
          const request = {
            tenant: 'default',
            meter: meters[at]!,
            windows: asked.map((window) => [{ customerId, ...window }]),
          };
          const [answer] = await usage.queries.readWindows([request]);
          const expected = asked.map((window) => {
            const from = recurring === true ? 0 : window.from;
            const counted = walk.filter((one) => one.at >= from && one.at < window.to);
            return [model(counted, window).toFixed(), counted.length];
          });
          const said = answer!.windows.map(([one]) => [one!.value.toFixed(), one!.eventsCount]);
          expect([meters[at]!.aggregation, said]).toEqual([meters[at]!.aggregation, expected]);
        }
      }),
      { numRuns: 30 },
    );
  });
});
