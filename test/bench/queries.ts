import { currentUsagePath, sampleRanks, SUM_METER } from './catalog.js';
import { manyCharges, MANY, sendGroups, setUpCharges, findWrongCharges } from './charges.js';
import { customerOf } from './records.js';
import { rowOf, type Round, type Row } from './rows.js';
import type { Tell } from './phases.js';
import type { World } from './world.js';

const GETS = 500;
/** Streams are made whole before they are sent, so they may not be longer. */
const STREAM_RECORDS = 200_000;
const CONNECTIONS = 8;
const YEAR_MS = 365 * 86_400_000;
/** The small log is so much of the large one. */
const SMALL_SHARE = 0.1;
const YEAR_BAR_MS = 100;

/** How the rows of questions about usage come about: on a log of `records` that reaches over a year. */
export async function measureQueries(world: World, tell: Tell): Promise<Row[]> {
  await world.serve('all');
  await world.setUp();
  const { phases } = world.options;
  const charges = phases.includes('charges') ? await chargeRows(world, tell) : [];
  return phases.includes('year') ? [...charges, ...(await yearRows(world, tell))] : charges;
}

async function chargeRows(world: World, tell: Tell): Promise<Row[]> {
  await setUpCharges(world);
  await sendGroups(world);
  refuse(await findWrongCharges(world));
  const rounds: Round[] = [];
  for (let round = 1; round <= world.options.rounds; round += 1) {
    const baseline = (await latencies(world, [currentUsagePath('one')])).p99Ms;
    const subject = (await latencies(world, [currentUsagePath('many')])).p99Ms;
    rounds.push({ subject, baseline });
    tell(`${MANY} charges ${round}: p99 ${ms(subject)}, one charge ${ms(baseline)}`);
  }
  const { charges, groups } = manyCharges;
  const what = `\`GET current_usage\`, p99, ${charges} charges of ${groups} groups`;
  const against = `the same, one charge of ${groups} groups`;
  return [rowOf({ what, against, unit: 'ms' }, { atMost: [3] }, rounds)];
}

async function yearRows(world: World, tell: Tell): Promise<Row[]> {
  const { records } = world.options;
  const to = Math.floor(world.window.from / 86_400_000) * 86_400_000;
  const year = { from: to - YEAR_MS, to };
  await sendYear(world, year, Math.ceil(records * SMALL_SHARE), tell);
  const small = await yearLatencies(world, year, tell);
  await sendYear(world, year, Math.floor(records * (1 - SMALL_SHARE)), tell);
  const large = await yearLatencies(world, year, tell);
  refuse(await findWrongYears(world, year));
  const what = `usage over a year by days, p95, log of ${world.records.toLocaleString('en')} records`;
  const rounds = large.map((subject, at) => ({ subject, baseline: small[at]! }));
  return [
    rowOf(
      { what, against: 'a tenth of a second', unit: 'ms' },
      { atMost: [1] },
      large.map((subject) => ({ subject, baseline: YEAR_BAR_MS })),
    ),
    rowOf({ what, against: 'the same, a tenth of the log', unit: 'ms' }, { atMost: [1.3] }, rounds),
  ];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Records of the year in about the order of time. */
async function sendYear(world: World, year: Span, records: number, tell: Tell): Promise<void> {
  const streams = Math.ceil(records / STREAM_RECORDS);
  const part = (year.to - year.from) / streams;
  const start = performance.now();
  for (let at = 0; at < streams; at += 1) {
    const stream = {
      ...world.newStream(Math.ceil(records / streams)),
      before: null,
      from: Math.floor(year.from + at * part),
      to: Math.floor(year.from + (at + 1) * part),
    };
    await world.send('batches', stream, { connections: CONNECTIONS, untilVisible: true });
  }
  const seconds = (performance.now() - start) / 1_000;
  tell(
    `${records.toLocaleString('en')} records over a year sent and seen in ${seconds.toFixed(0)} s`,
  );
}

async function yearLatencies(world: World, year: Span, tell: Tell): Promise<number[]> {
  const paths = sampleRanks(world.options.customers).map((rank) =>
    yearPath(year, customerOf(rank)),
  );
  const rounds: number[] = [];
  for (let round = 1; round <= world.options.rounds; round += 1) {
    const { p50Ms, p95Ms } = await latencies(world, paths);
    rounds.push(p95Ms);
    const log = world.records.toLocaleString('en');
    tell(`a year by days ${round}: p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}, log of ${log}`);
  }
  return rounds;
}

const latencies = (world: World, paths: readonly string[]) =>
  world.load({
    connections: 1,
    send: {
      kind: 'gets',
      paths: Array.from({ length: GETS }, (_, at) => paths[at % paths.length]!),
      minPosition: world.position,
    },
  });

const yearPath = ({ from, to }: Span, customer: string): string => {
  const query = new URLSearchParams({
    meter_code: SUM_METER,
    customer_id: customer,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    window: 'day',
  });
  return `/v1/usage?${query.toString()}`;
};

/** Whether the days of the sample sum up to what was sent. */
async function findWrongYears(world: World, year: Span): Promise<string[]> {
  const wrong: string[] = [];
  for (const rank of sampleRanks(world.options.customers)) {
    const customer = customerOf(rank);
    const { data } = await world.api.get<{ data: { value: string; events_count: number }[] }>(
      yearPath(year, customer),
      world.position,
    );
    const bytes = data.reduce((sum, { value }) => sum + Number(value), 0);
    const count = data.reduce((sum, { events_count: events }) => sum + events, 0);
    const sent = world.sent.get(customer) ?? { count: 0, bytes: 0 };
    if (data.length !== 365 || bytes !== sent.bytes || count !== sent.count)
      wrong.push(`${customer}: ${data.length} days, ${count} of ${sent.count} records`);
  }
  return wrong;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`wrong answers\n  ${faults.join('\n  ')}`);
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;
