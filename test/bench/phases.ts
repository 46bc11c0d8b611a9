import { currentUsagePath, sampleRanks } from './catalog.js';
import type { InsertLoad, InsertResult } from './insert-load.js';
import { startEmptyServer } from './processes.js';
import { customerOf } from './records.js';
import type { Replay, ReplayResult } from './replay.js';
import { rowOf, type Round, type Row } from './rows.js';
import { runTask, startTask } from './task.js';
import { perSecond, type World } from './world.js';

export type Tell = (line: string) => void;

const BATCH_CONNECTIONS = 8;
const SINGLE_CONNECTIONS = 64;
const GETS = 1_000;
/** Single events and hand-written transactions are slow: fewer of them take as long. */
const SINGLES_SHARE = 6;
const INSERTS_SHARE = 20;
const COPY = '`COPY` of the same records';

/** Usage in, until a query shows it, beside the two baselines. */
export async function sustainedRows(world: World, tell: Tell): Promise<Row[]> {
  const copies: Round[] = [];
  const inserts: Round[] = [];
  const accepted: Round[] = [];
  await eachRound(world, async (round) => {
    const stream = world.newStream(world.options.records);
    const copy = await world.copy(stream);
    const load = { connections: BATCH_CONNECTIONS, untilVisible: true };
    const result = await world.send('batches', stream, load);
    const subject = perSecond(stream.records, result.visibleMs);
    const insert = await insertRate(world);
    copies.push({ subject, baseline: copy });
    inserts.push({ subject, baseline: insert });
    accepted.push({ subject: perSecond(stream.records, result.elapsedMs), baseline: copy });
    tell(
      `sustained ${round}: ${rate(subject)}, COPY ${rate(copy)}, INSERT + UPDATE ${rate(insert)}`,
    );
  });
  const unit = 'records/s';
  return [
    rowOf(
      {
        what: 'sustained: HTTP in → deduplicated, bucketed, balanced, visible',
        against: COPY,
        unit,
      },
      { atLeast: [0.35, 0.5] },
      copies,
    ),
    rowOf(
      { what: 'sustained', against: 'hand-written `INSERT` + `UPDATE`, 16 connections', unit },
      { atLeast: [5, 20] },
      inserts,
    ),
    rowOf(
      { what: 'accepted over HTTP while the same process projects', against: COPY, unit },
      null,
      accepted,
    ),
  ];
}

async function insertRate(world: World): Promise<number> {
  const stream = world.newStream(Math.ceil(world.options.records / INSERTS_SHARE));
  const input = { url: world.url, stream };
  const { elapsedMs } = await runTask<InsertLoad, InsertResult>('./insert-load.js', input);
  return perSecond(stream.records, elapsedMs);
}

/** Usage in, durable, by the intake alone: its read models follow in another process. */
export async function acceptedRows(world: World, tell: Tell): Promise<Row[]> {
  const rounds: Round[] = [];
  await eachRound(world, async (round) => {
    const stream = world.newStream(world.options.records);
    const baseline = await world.copy(stream);
    const load = { connections: BATCH_CONNECTIONS, untilVisible: false };
    const { elapsedMs } = await world.send('batches', stream, load);
    const subject = perSecond(stream.records, elapsedMs);
    rounds.push({ subject, baseline });
    tell(`accepted ${round}: ${rate(subject)}, COPY ${rate(baseline)}`);
  });
  const what = 'accepted usage, batches of 1,000 over HTTP, durable (roles api, ingest)';
  const row = { what, against: COPY, unit: 'records/s' };
  return [rowOf(row, { atLeast: [0.8, 1] }, rounds)];
}

/** One event a request, against a request that does nothing. */
export async function singleRows(world: World, tell: Tell): Promise<Row[]> {
  const empty = await startEmptyServer();
  const rounds: Round[] = [];
  try {
    await eachRound(world, async (round) => {
      const stream = world.newStream(Math.ceil(world.options.records / SINGLES_SHARE));
      const connections = SINGLE_CONNECTIONS;
      const nothing = { connections, send: { kind: 'empty', requests: stream.records } } as const;
      const { elapsedMs: emptyMs } = await world.load(nothing, empty.port);
      const { elapsedMs } = await world.send('singles', stream, {
        connections,
        untilVisible: false,
      });
      const subject = perSecond(stream.records, elapsedMs);
      const baseline = perSecond(stream.records, emptyMs);
      rounds.push({ subject, baseline });
      tell(`single ${round}: ${rate(subject)}, empty POST ${rate(baseline)}`);
    });
  } finally {
    await empty.stop();
  }
  const what = 'accepted usage, single events over HTTP, durable (roles api, ingest)';
  const row = { what, against: 'empty POST on the same HTTP server', unit: 'requests/s' };
  return [rowOf(row, { atLeast: [0.6] }, rounds)];
}

/** p99 of current usage, one asker after the other; one figure for each round. */
export async function currentUsageLatencies(world: World, tell: Tell): Promise<number[]> {
  const customers = sampleRanks(world.options.customers).map(customerOf);
  const paths = Array.from({ length: GETS }, (_, at) =>
    currentUsagePath(customers[at % customers.length]!),
  );
  const minPosition = world.position;
  const latencies: number[] = [];
  await eachRound(world, async (round) => {
    const { p50Ms, p99Ms } = await world.load({
      connections: 1,
      send: { kind: 'gets', paths, minPosition },
    });
    latencies.push(p99Ms);
    const log = world.records.toLocaleString('en');
    tell(`current usage ${round}: p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, log of ${log}`);
  });
  return latencies;
}

export function flatnessRow(
  small: { readonly records: number; readonly latencies: readonly number[] },
  large: { readonly records: number; readonly latencies: readonly number[] },
): Row {
  const of = (records: number): string => `log of ${records.toLocaleString('en')} records`;
  return rowOf(
    {
      what: `\`GET current_usage\`, p99, ${of(large.records)}`,
      against: `the same, ${of(small.records)}`,
      unit: 'ms',
    },
    { atMost: [1.3] },
    large.latencies.map((subject, at) => ({ subject, baseline: small.latencies[at]! })),
  );
}

/** Everything that the database keeps, for every record sent. The baselines' tables are gone by then. */
export async function bytesRow(world: World): Promise<Row> {
  const [size] = await world.query<{ bytes: string }>(`
    SELECT sum(pg_total_relation_size(c.oid)) AS bytes
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm', 'S') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname NOT LIKE 'pg_toast%'`);
  const subject = Number(size?.bytes) / world.records;
  const baseline = world.jsonBytes / world.records;
  return rowOf(
    {
      what: 'bytes stored per record, all tables and indexes',
      against: "the record's JSON",
      unit: 'bytes',
    },
    { atMost: [1.5, 1] },
    [{ subject, baseline }],
  );
}

/** The whole log into the usage read model, by a process that does nothing else, and does it each round. */
export async function replayRows(world: World, tell: Tell): Promise<Row[]> {
  const rounds: Round[] = [];
  const input = { url: world.url, shards: await world.usageShards() };
  const replay = await startTask<Replay, ReplayResult>('./replay.js', input);
  await eachRound(world, async (round) => {
    const baseline = await world.copy(world.newStream(world.options.records));
    const { elapsedMs } = await replay.runOn();
    const subject = perSecond(world.records, elapsedMs);
    rounds.push({ subject, baseline });
    tell(`replay ${round}: ${rate(subject)}, COPY ${rate(baseline)}`);
  });
  await replay.end();
  const row = { what: 'replay of the log into the usage read model', against: COPY };
  return [rowOf({ ...row, unit: 'records/s' }, { atLeast: [1, 2] }, rounds)];
}

async function eachRound(world: World, work: (round: string) => Promise<void>): Promise<void> {
  const { rounds } = world.options;
  for (let round = 1; round <= rounds; round += 1) await work(`${round}/${rounds}`);
}

const rate = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
const ms = (value: number): string => `${value.toFixed(2)} ms`;
