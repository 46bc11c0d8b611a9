import { writeFile } from 'node:fs/promises';
import { KAFKA_VERSION } from '@odometer/testing';
import { describeMachine } from './machine.js';
import { readOptions, type Phase } from './options.js';
import {
  acceptedRows,
  bytesRow,
  currentUsageLatencies,
  flatnessRow,
  replayRows,
  singleRows,
  sustainedRows,
} from './phases.js';
import { measureDistributed, type Cost } from './distributed.js';
import { checkRow } from './checks.js';
import { measureMemory } from './memory.js';
import { measureQueries } from './queries.js';
import { consoleTable, costTable, markdown } from './report.js';
import type { Row } from './rows.js';
import { findLackOfDurability, findMismatches } from './verify.js';
import { World } from './world.js';

const tell = (line: string): void => {
  const seconds = (performance.now() / 1_000).toFixed(1).padStart(7);
  process.stderr.write(`${seconds} s  ${line}\n`);
};

/** The small log of the flatness row is a tenth of what the sustained rounds make of it. */
const SMALL_LOG_SHARE = 9;

interface Measured {
  readonly rows: readonly Row[];
  readonly costs: readonly Cost[];
}

/** The servers beside PostgreSQL. */
const BESIDE = [
  `Kafka ${KAFKA_VERSION}, one broker in KRaft mode`,
  process.env['EVENTSTORE_URL'] ? 'EventStoreDB of EVENTSTORE_URL' : 'EventStoreDB: its double',
];

/** Each mode has pools of its own. */
const DISTRIBUTED_SETTINGS = { max_connections: '400' };

async function measure(world: World): Promise<Measured> {
  if (world.options.distributed) return measureDistributed(world, tell);
  if (world.options.queries) return { rows: await measureQueries(world, tell), costs: [] };
  if (world.options.memory) return { rows: await measureMemory(world, tell), costs: [] };
  return { rows: await measureDefault(world), costs: [] };
}

async function measureDefault(world: World): Promise<Row[]> {
  const wanted = (phase: Phase): boolean => world.options.phases.includes(phase);
  await world.serve('all');
  await world.setUp();
  tell('the server is up and its catalog set');
  const rows = await growLog(world, wanted);
  await world.serve('api,ingest');
  if (wanted('accepted')) rows.push(...(await acceptedRows(world, tell)));
  if (wanted('singles')) rows.push(...(await singleRows(world, tell)));
  refuse('durability', await findLackOfDurability(world));
  await world.serve('all');
  await world.catchUp();
  tell('the read models have caught up');
  refuse('totals', await findMismatches(world));
  if (wanted('replay')) {
    await world.rest();
    rows.push(...(await replayRows(world, tell)));
    await world.serve('all');
    refuse('totals after the replay', await findMismatches(world));
  }
  if (wanted('check')) {
    // Last, because it makes the log several times as long.
    rows.push(await checkRow(world, tell));
    refuse('totals after the checks', await findMismatches(world));
  }
  return rows;
}

/** With all roles in one process: flatness before and after the sustained rounds, and what is stored then. */
async function growLog(world: World, wanted: (phase: Phase) => boolean): Promise<Row[]> {
  const { records, rounds } = world.options;
  const stream = world.newStream(Math.ceil((records * rounds) / SMALL_LOG_SHARE));
  await world.send('batches', stream, { connections: 4, untilVisible: true });
  const flatness = wanted('flatness') && wanted('sustained');
  const logOf = async () => ({
    records: world.records,
    latencies: flatness ? await currentUsageLatencies(world, tell) : [],
  });
  const small = await logOf();
  const rows = wanted('sustained') ? await sustainedRows(world, tell) : [];
  const large = await logOf();
  if (flatness) rows.push(flatnessRow(small, large));
  rows.push(await bytesRow(world));
  return rows;
}

/** Figures of a server that counts wrongly, or does not keep what it accepts, are worth nothing. */
function refuse(what: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${what}: wrong\n  ${faults.join('\n  ')}`);
  tell(`${what}: right`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv);
  const world = await World.open(options, options.distributed ? DISTRIBUTED_SETTINGS : {});
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void world.close().finally(() => process.exit(1)));
  }
  try {
    const machine = [...(await describeMachine(world)), ...(options.distributed ? BESIDE : [])];
    const { rows, costs } = await measure(world);
    const tables = [consoleTable(rows), ...(costs.length > 0 ? [costTable(costs)] : [])];
    process.stdout.write(`${[...machine, ...tables].join('\n')}\n`);
    if (options.output === null) return;
    const date = new Date().toISOString().slice(0, 10);
    const page = markdown(rows, { date, machine, options, records: world.records, costs });
    await writeFile(options.output, page);
    tell(`written to ${options.output}`);
  } finally {
    await world.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    tell(error instanceof Error ? String(error.stack) : String(error));
    process.exit(1);
  },
);
