import { peakMemoryDuring } from './peak-memory.js';
import type { Tell } from './phases.js';
import type { Replay, ReplayResult } from './replay.js';
import { rowOf, type Row } from './rows.js';
import { startTask } from './task.js';
import { findMismatches } from './verify.js';
import type { World } from './world.js';

/** Streams are made whole before they are sent, so they may not be longer. */
const STREAM_RECORDS = 200_000;
const CONNECTIONS = 8;
/** The small log is so much of the large one. */
const SMALL_SHARE = 0.1;
const FLAT = 1.2;
const MEBIBYTE = 2 ** 20;

/** What the processes took at most until the log had so many records. In MiB. */
interface Peaks {
  readonly records: number;
  readonly ingesting: number;
  readonly replaying: number;
}

/** Memory of the server while a log grows, and of a replay of it: for a log of `records`, and for a tenth of it. */
export async function measureMemory(world: World, tell: Tell): Promise<Row[]> {
  const { records } = world.options;
  await world.serve('all');
  await world.setUp();
  const small = await peaksUntil(world, Math.ceil(records * SMALL_SHARE), tell);
  const large = await peaksUntil(world, records, tell);
  const row = (doing: string, of: (peaks: Peaks) => number): Row =>
    rowOf(
      {
        what: `memory while ${doing} ${large.records.toLocaleString('en')} records, peak`,
        against: `the same, ${small.records.toLocaleString('en')} records`,
        unit: 'MiB',
      },
      { atMost: [FLAT] },
      [{ subject: of(large), baseline: of(small) }],
    );
  return [
    row('ingesting and projecting', ({ ingesting }) => ingesting),
    row('replaying', ({ replaying }) => replaying),
  ];
}

/** Each process is started anew, so that none has the memory of what was before it. */
async function peaksUntil(world: World, records: number, tell: Tell): Promise<Peaks> {
  await world.serve('all');
  const ingesting = await peakWhileIngesting(world, records, tell);
  refuse(await findMismatches(world));
  await world.rest();
  const replaying = await peakWhileReplaying(world);
  await world.serve('all');
  refuse(await findMismatches(world));
  const peaks = { records: world.records, ingesting, replaying };
  tell(
    `log of ${world.records.toLocaleString('en')}: ${Math.round(ingesting)} MiB while ingesting, ${Math.round(replaying)} MiB while replaying; totals are right`,
  );
  return peaks;
}

async function peakWhileIngesting(world: World, records: number, tell: Tell): Promise<number> {
  const missing = records - world.records;
  const streams = Math.ceil(missing / STREAM_RECORDS);
  const [pid] = world.pids.values();
  const { peakBytes, result: seconds } = await peakMemoryDuring(pid!, async () => {
    const start = performance.now();
    for (let at = 0; at < streams; at += 1) {
      const stream = world.newStream(Math.ceil((records - world.records) / (streams - at)));
      await world.send('batches', stream, { connections: CONNECTIONS, untilVisible: true });
    }
    return (performance.now() - start) / 1_000;
  });
  tell(`${missing.toLocaleString('en')} records sent and seen in ${seconds.toFixed(0)} s`);
  return peakBytes / MEBIBYTE;
}

async function peakWhileReplaying(world: World): Promise<number> {
  const input = { url: world.url, shards: await world.usageShards() };
  const task = await startTask<Replay, ReplayResult>('./replay.js', input);
  const { peakBytes } = await peakMemoryDuring(task.pid, () => task.run());
  return peakBytes / MEBIBYTE;
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`wrong totals\n  ${faults.join('\n  ')}`);
}
