import fc from 'fast-check';
import {
  aggregations,
  correctionDecider,
  decimal,
  meterDecider,
  type Decimal,
  type Meter,
  type MeterState,
  type MeterVersion,
  type UsageRecord,
} from '@odometer/domain';
import { recountUsage } from './recount.js';
import { meterOf, recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-01T00:00:00Z');
const HOURS = 6;
const ZERO = decimal(0);

/** A record as it happened; times differ, so that a walk over them needs no place in the log. */
interface Happened {
  readonly at: number;
  readonly a: number;
  readonly b: number;
  readonly user: string;
  readonly region: string;
}

const happened: fc.Arbitrary<Happened> = fc.record({
  at: fc.integer({ min: 0, max: HOURS * HOUR }).map((ms) => START + ms),
  a: fc.integer({ min: -50, max: 500 }),
  b: fc.integer({ min: 0, max: 9 }),
  user: fc.constantFrom('u', 'v', 'w'),
  region: fc.constantFrom('eu', 'us'),
});

type Counting = Omit<MeterVersion, 'version' | 'validFrom'>;
type Field = 'a' | 'b' | 'user';

const counting = (type: string, field?: Field, more: Partial<Counting> = {}): Counting => ({
  aggregation: { type, ...(field === undefined ? {} : { field }) },
  filters: {},
  ...more,
});
const eu = { filters: { region: ['eu'] } };
const carried = { recurring: true };
const formula = { type: 'custom', field: 'a', settings: { formula: 'max - min' } };

const countings: readonly Counting[] = [
  counting('count'),
  counting('count', undefined, eu),
  counting('sum', 'a'),
  counting('sum', 'b', eu),
  counting('sum', 'b', carried),
  counting('sum', 'a', carried),
  counting('max', 'a'),
  counting('max', 'b', eu),
  counting('min', 'a'),
  counting('average', 'b'),
  counting('average', 'a', eu),
  counting('latest', 'a'),
  counting('latest', 'b'),
  counting('unique_count', 'user'),
  counting('unique_count', 'b', eu),
  counting('unique_count', 'user', carried),
  counting('weighted_sum', 'a', carried),
  counting('weighted_sum', 'b', carried),
  { aggregation: formula, filters: {} },
  { aggregation: formula, ...eu },
];

const moment = fc
  .integer({ min: 0, max: HOURS * 4 })
  .map((quarter) => START + (quarter * HOUR) / 4);

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ send: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      counts: fc.constantFrom(...countings),
      from: fc.option(moment, { nil: undefined, freq: 5 }),
      grouped: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ voids: fc.nat() }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Some windows lie on quarters of hours, some a little beside them. */
const windows: fc.Arbitrary<Window> = fc
  .tuple(moment, fc.integer({ min: 1, max: HOURS * 4 }), fc.nat(2))
  .map(([from, quarters, odd]) => ({ from: from + odd, to: from + (quarters * HOUR) / 4 + odd }));

/** What the versions of a meter should make of a window, told the plain way. */
class PlainTimeline {
  private versions: { readonly from: number; readonly counts: Counting }[] = [];

  revise(counts: Counting, from: number | undefined): void {
    const last = this.versions.at(-1);
    if (last?.counts === counts && (from === undefined || from >= last.from)) return;
    const before = this.versions.filter((one) => from !== undefined && one.from < from);
    this.versions = [...before, { from: before.length === 0 ? -Infinity : from!, counts }];
  }

  value(events: readonly Happened[], window: Window): { value: Decimal; records: number } {
    const until = this.versions.filter(({ from }) => from < window.to);
    const latest = until.at(-1)!.counts;
    const chain = [until.pop()!];
    while (until.length > 0 && goTogether(until.at(-1)!.counts, chain[0]!.counts))
      chain.unshift(until.pop()!);
    const seen = events
      .filter(({ at }) => at < window.to && (latest.recurring === true || at >= window.from))
      .sort((x, y) => x.at - y.at)
      .map((event) => ({ event, by: chain.findLast(({ from }) => from <= event.at) ?? chain[0]! }))
      .filter(({ event, by }) => passes(event, by.counts))
      .map(({ event, by }) => ({ at: event.at, ...contribution(event, by.counts) }));
    return { value: worth(latest.aggregation.type, seen, window), records: seen.length };
  }
}

const ADDS = ['count', 'sum'];

function goTogether(one: Counting, other: Counting): boolean {
  if (one.recurring !== other.recurring) return false;
  const types = [one.aggregation.type, other.aggregation.type];
  if (types[0] === types[1]) return true;
  return one.recurring === undefined && types.every((type) => ADDS.includes(type));
}

const passes = ({ region }: Happened, { filters }: Counting): boolean =>
  filters['region']?.includes(region) ?? true;

interface Seen {
  readonly at: number;
  readonly text: string;
  readonly number: Decimal;
}

function contribution(event: Happened, { aggregation }: Counting): Omit<Seen, 'at'> {
  if (aggregation.type === 'count') return { text: '', number: decimal(1) };
  const value = event[aggregation.field as Field];
  return { text: String(value), number: typeof value === 'number' ? decimal(value) : ZERO };
}

function worth(type: string, seen: readonly Seen[], { from, to }: Window): Decimal {
  const total = seen.reduce((sum, { number }) => sum.plus(number), ZERO);
  const sorted = [...seen].sort((x, y) => x.number.cmp(y.number));
  const low = sorted[0]?.number ?? ZERO;
  const high = sorted.at(-1)?.number ?? ZERO;
  const worths: Record<string, () => Decimal> = {
    count: () => total,
    sum: () => total,
    max: () => high,
    min: () => low,
    latest: () => seen.at(-1)?.number ?? ZERO,
    average: () => (seen.length === 0 ? ZERO : total.div(seen.length)),
    unique_count: () => decimal(new Set(seen.map(({ text }) => text)).size),
    custom: () => high.minus(low),
    weighted_sum: () =>
      seen
        .reduce((area, { at, number }) => area.plus(number.times(to - Math.max(at, from))), ZERO)
        .div(to - from),
  };
  return worths[type]!();
}

/** A tenant of its own for one history, in a read model that many histories share. */
class History {
  readonly plain = new PlainTimeline();
  private state: MeterState = { status: 'none' };
  private readonly counted = new Set<number>();
  private readonly voided = new Set<number>();

  constructor(
    private readonly usage: UsageFixture,
    readonly tenant: string,
    private readonly events: readonly Happened[],
  ) {}

  get meter(): Meter {
    if (this.state.status === 'none') throw new Error('there is no meter yet');
    return this.state.meter;
  }

  get standing(): Happened[] {
    return [...this.counted].filter((id) => !this.voided.has(id)).map((id) => this.events[id]!);
  }

  async take(one: Step): Promise<void> {
    if ('send' in one) await this.send(one.send);
    else if ('voids' in one) await this.void(one.voids);
    else await this.revise(one.counts, one.from, one.grouped);
  }

  async revise(counts: Counting, validFrom: number | undefined, grouped: boolean): Promise<void> {
    const groupBy = grouped ? ['region'] : [];
    const meter = { code: 'meter', eventCode: 'request', groupBy, ...counts };
    const isNew = this.state.status === 'none';
    const command = isNew
      ? ({ type: 'DefineMeter', meter } as const)
      : ({ type: 'ReviseMeter', meter, validFrom } as const);
    for (const event of meterDecider.decide(command, this.state)) {
      this.state = meterDecider.evolve(this.state, event);
      await this.usage.define(this.meter, this.tenant, event.type);
    }
    this.plain.revise(counts, isNew ? undefined : validFrom);
  }

  /** Each record as often as it is named. */
  async send(picks: readonly number[]): Promise<void> {
    if (this.events.length === 0) return;
    const ids = picks.map((pick) => pick % this.events.length);
    for (const id of ids) this.counted.add(id);
    await this.usage.record(
      ids.map((id) => this.record(id)),
      this.tenant,
    );
  }

  private async void(pick: number): Promise<void> {
    const sent = [...this.counted];
    const id = sent[pick % Math.max(sent.length, 1)];
    if (id === undefined || this.voided.has(id)) return;
    this.voided.add(id);
    const state = { status: 'standing', record: this.record(id) } as const;
    const [event] = correctionDecider.decide({ type: 'VoidUsage', reason: 'r' }, state);
    await this.usage.correct(event!, this.tenant);
  }

  private record(id: number): UsageRecord {
    const { at, a, b, user, region } = this.events[id]!;
    return recordOf({
      transactionId: `t${id}`,
      timestamp: at,
      properties: { a, b: String(b), user, region },
    });
  }
}

it('is about every way to count', () => {
  const tried = new Set(countings.map(({ aggregation }) => aggregation.type));
  expect([...tried].sort()).toEqual(aggregations.map(({ code }) => code).sort());
});

describe('a history of a meter and its records', () => {
  let usage: UsageFixture;
  let run = 0;

  beforeAll(async () => {
    usage = await usageFixture();
  });
  afterAll(() => usage.close());

  const histories = fc.record({
    events: fc.uniqueArray(happened, { selector: ({ at }) => at, minLength: 4, maxLength: 12 }),
    first: fc.constantFrom(...countings),
    steps: fc.array(step, { minLength: 6, maxLength: 16 }),
    /** When the meter is made, among the steps. */
    made: fc.nat(4),
    batch: fc.integer({ min: 1, max: 6 }),
    asked: fc.array(windows, { minLength: 3, maxLength: 5 }),
  });

  it('counts each window as its versions say, in any order, from buckets and from the log', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async ({ events, first, steps, made, batch, asked }) => {
        const history = new History(usage, `tenant${(run += 1)}`, events);
        for (const [i, one] of steps.entries()) {
          if (i === made) await history.revise(first, undefined, false);
          if (i >= made || 'send' in one) await history.take(one);
          if (i % 3 === 0) await usage.project({ batch, restart: i % 2 === 0 });
        }
        await usage.project({ batch });
        const { tenant, meter, standing } = history;
        const of = (window: Window) => [{ customerId: 'acme', ...window }];
        const request = { tenant, meter, windows: asked.map(of) };
        const [answer] = await usage.queries.readWindows([request]);
        for (const [i, window] of asked.entries()) {
          const [total] = answer!.windows[i]!;
          const { value, records } = history.plain.value(standing, window);
          expect([total!.value.toFixed(), total!.eventsCount]).toEqual([value.toFixed(), records]);
          const one = { tenant, meter, slices: of(window) };
          const { totals } = await usage.queries.readUsage({ ...one, groupBy: ['region'] });
          expect(totals.reduce((sum, { eventsCount }) => sum + eventsCount, 0)).toBe(records);
          const american = standing.filter(({ region }) => region === 'us');
          const filter = { region: ['us'] };
          const some = await usage.queries.readUsage({ ...one, filter });
          expect(some.totals[0]!.value).toEqual(history.plain.value(american, window).value);
          const recount = recountUsage({ log: usage.store, shards: 2, upTo: answer!.cut });
          expect((await recount(one)).totals).toEqual([total]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a meter that counts otherwise from noon on', () => {
  const NOON = '2026-05-05T12:00:00.000Z';
  const sum: MeterVersion = { version: 1, ...counting('sum', 'a') };
  const first = meterOf({ code: 'meter', ...sum });
  const second: Meter = {
    ...meterOf({ code: 'meter', ...counting('max', 'b') }),
    version: 2,
    validFrom: NOON,
    earlier: [sum],
  };
  const record = (hour: string, a: number | string, b: number | string): UsageRecord =>
    recordOf({ transactionId: hour, at: `2026-05-05T${hour}:00Z`, properties: { a, b } });

  let usage: UsageFixture;
  beforeEach(async () => {
    usage = await usageFixture();
    await usage.define(first);
  });
  afterEach(() => usage.close());

  const valueOf = async (meter: Meter, from: string, to: string): Promise<string> => {
    const day = (hour: string): number => Date.parse(`2026-05-05T${hour}:00Z`);
    const slices = [{ customerId: 'acme', from: day(from), to: day(to) }];
    const { totals } = await usage.queries.readUsage({ tenant: 'default', meter, slices });
    return totals[0]!.value.toFixed();
  };

  it('is told by what was valid before, until its buckets are there', async () => {
    await usage.record([record('09:00', 3, 30), record('10:00', 4, 40), record('12:00', 5, 50)]);
    await usage.project();
    await usage.define(second);
    expect(await valueOf(second, '09:00', '13:00')).toBe('12');
    await usage.project();
    expect(await valueOf(second, '09:00', '13:00')).toBe('50');
    expect(await valueOf(second, '09:00', '12:00')).toBe('7');
    expect(await valueOf(second, '12:00', '12:30')).toBe('50');
  });

  it('still is what somebody asks for who knows the version from before only', async () => {
    await usage.define(second);
    await usage.record([record('09:00', 3, 30), record('12:00', 5, 50)]);
    await usage.project();
    expect(await valueOf(first, '09:00', '13:00')).toBe('8');
    expect(await valueOf(first, '09:00', '12:00')).toBe('3');
  });

  it('cannot count a record when the version of its time cannot, and says so once', async () => {
    await usage.define(second);
    const [wrong, right] = [record('11:00', 'none', 1), record('11:30', 1, 'none')];
    const [late, fine] = [record('12:30', 1, 'none'), record('13:00', 'none', 1)];
    await usage.record([wrong, right, late, fine]);
    await usage.project();
    const tallies = async (): Promise<unknown> => {
      const entries = await usage.queries.findUnbilled({
        tenant: 'default',
        kind: 'uncounted',
        limit: 10,
      });
      return entries.map(({ records: one }) => [one.reason, one.records, one.transactionIds]);
    };
    expect(await tallies()).toEqual([['not_a_number', 2, ['11:00', '12:30']]]);
    const state = { status: 'standing', record: late } as const;
    const [voided] = correctionDecider.decide({ type: 'VoidUsage', reason: 'r' }, state);
    await usage.correct(voided!);
    await usage.project();
    expect(await tallies()).toEqual([['not_a_number', 1, ['11:00']]]);
  });

  it('says whose usage it counts, whichever version does', async () => {
    await usage.define({ ...second, filters: { region: ['eu'] } });
    await usage.record([record('09:00', 3, 30)]);
    await usage.project();
    const payer = { tenant: 'default', kind: 'customer', id: 'acme' } as const;
    expect(await usage.queries.readPayer(payer)).toMatchObject({ records: 1 });
  });

  it('is compared with what it was, and looks at so many records at most', async () => {
    await usage.record([record('09:00', 3, 30), record('12:00', 5, 50), record('12:30', 6, 40)]);
    await usage.record([record('12:00', 5, 50), { ...record('12:10', 1, 1), code: 'other' }]);
    await usage.project();
    const day = {
      from: Date.parse('2026-05-05T00:00:00Z'),
      to: Date.parse('2026-05-06T00:00:00Z'),
    };
    const windows = [{ slices: [{ customerId: 'acme', ...day }] }];
    const request = { tenant: 'default', before: first, after: second, windows };
    const comparison = await usage.queries.compareMeters({ ...request, recordsMax: 5 });
    const { before, after } = comparison!.windows[0]!;
    expect([before.value.toFixed(), before.eventsCount, before.version]).toEqual(['14', 3, 1]);
    expect([after.value.toFixed(), after.eventsCount, after.version]).toEqual(['50', 3, 2]);
    expect([comparison!.records, comparison!.cut.length]).toEqual([5, 2]);
    expect(await usage.queries.compareMeters({ ...request, recordsMax: 4 })).toBeNull();
  });
});
