import { FEATURE, sampleRanks } from './catalog.js';
import { BATCH_RECORDS, type HttpLoadResult } from './http-load.js';
import type { Tell } from './phases.js';
import { customerOf } from './records.js';
import { rowOf, type Round, type Row } from './rows.js';
import type { Task } from './task.js';
import { perSecond, type World } from './world.js';

const BATCH_CONNECTIONS = 8;
const CHECK_CONNECTIONS = 8;
/** They come when they come, not when the one before is answered: a slow answer keeps nobody from asking. */
const CHECKS_PER_SECOND = 100;
const INGEST_SHARE = 0.5;
/** How long a round is to be, and how many streams it may take for that; all of them are made beforehand. */
const ROUND_SECONDS = 10;
const STREAMS_MAX = 5;

/** p99 of `check` while usage comes in at half of the sustained rate, against the same checks of a server that does nothing else. */
export async function checkRow(world: World, tell: Tell): Promise<Row> {
  const { records, rounds } = world.options;
  const ingested = (await sustainedRate(world)) * INGEST_SHARE;
  const streams = Math.min(STREAMS_MAX, Math.ceil((ROUND_SECONDS * ingested) / records));
  const checks = Math.ceil(((streams * records) / ingested) * CHECKS_PER_SECOND);
  const measured: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const idle = await (await prepareChecks(world, checks)).run();
    const busy = await checkWhileIngesting(world, checks, { streams, rate: ingested });
    measured.push({ subject: busy.p99Ms, baseline: idle.p99Ms });
    const rate = `${Math.round(ingested).toLocaleString('en')} records/s`;
    tell(`check ${round}/${rounds}: ${latencies(busy)} at ${rate}; idle ${latencies(idle)}`);
  }
  return rowOf(
    {
      what: '`POST /v1/check`, p99, while ingesting at half of the sustained rate',
      against: 'the same, idle',
      unit: 'ms',
    },
    { atMost: [3] },
    measured,
  );
}

/** Records a second that become visible when nothing holds them back. */
async function sustainedRate(world: World): Promise<number> {
  const stream = world.newStream(world.options.records);
  const load = { connections: BATCH_CONNECTIONS, untilVisible: true };
  const { visibleMs } = await world.send('batches', stream, load);
  return perSecond(stream.records, visibleMs);
}

/** The checks begin with the first stream and end with the last. */
async function checkWhileIngesting(
  world: World,
  checks: number,
  { streams, rate }: { readonly streams: number; readonly rate: number },
): Promise<HttpLoadResult> {
  const sending: (() => Promise<HttpLoadResult>)[] = [];
  for (let at = 1; at <= streams; at += 1) {
    const load = { connections: BATCH_CONNECTIONS, perSecond: rate / BATCH_RECORDS };
    const stream = world.newStream(world.options.records);
    sending.push(await world.prepare('batches', stream, { ...load, untilVisible: at === streams }));
  }
  const checking = await prepareChecks(world, checks);
  const result = checking.run();
  for (const send of sending) await send();
  return result;
}

function prepareChecks(world: World, checks: number): Promise<Task<HttpLoadResult>> {
  const customers = sampleRanks(world.options.customers).map(customerOf);
  const bodies = Array.from({ length: checks }, (_, at) =>
    JSON.stringify({ customer_id: customers[at % customers.length], feature_code: FEATURE }),
  );
  return world.prepareLoad({
    connections: CHECK_CONNECTIONS,
    send: { kind: 'posts', path: '/v1/check', bodies },
    perSecond: CHECKS_PER_SECOND,
  });
}

const latencies = ({ p50Ms, p99Ms }: HttpLoadResult): string =>
  `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
