import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { startEmbeddedPostgres } from '../../apps/server/src/embedded-postgres/embedded-postgres.js';
import { play, type Played } from './simulate.js';
import { openStage, type Stage } from './stage.js';
import { Tally } from './tally.js';

const SEEDS_DEFAULT = 200;
const REGRESSIONS = 'test/simulation/regressions.json';
/** A run with as many failures stops: the rest would say the same. */
const FAILURES_MAX = 20;
/** Worlds between two lines where there is no terminal to draw a bar on. */
const TELL_EVERY = 100;

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly record?: boolean;
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is expected');
  return Number(text);
};

function readOptions(): Options {
  return new Command('npm run simulate --')
    .description('Plays worlds of several processes in virtual time, each from a seed.')
    .option('--seeds <n>', 'how many worlds', wholeNumber, SEEDS_DEFAULT)
    .option('--from <n>', 'the first seed', wholeNumber, 1)
    .option('--seed <n>', 'plays this one and prints what happens', wholeNumber)
    .option('--record', `adds seeds that fail to ${REGRESSIONS}`)
    .parse()
    .opts<Options>();
}

/** The trace goes to standard output, so that it can be compared with that of another run. */
async function replay(stage: Stage, seed: number): Promise<Played[]> {
  const played = await play(stage, seed, { trace: (line) => process.stdout.write(`${line}\n`) });
  return played.problems.length === 0 ? [] : [played];
}

async function playMany(stage: Stage, { from, seeds }: Options): Promise<Played[]> {
  const bar = new SingleBar({
    format: 'worlds {bar} {value}/{total} | {failures} failed | {eta_formatted} left',
    hideCursor: true,
    noTTYOutput: false,
  });
  const tally = new Tally();
  const failed: Played[] = [];
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // The world that is played comes to its end, so that PostgreSQL is stopped and the tally told.
    process.once(signal, () => (interrupted = true));
  }
  bar.start(seeds, 0, { failures: 0 });
  const goesOn = (seed: number): boolean =>
    seed < from + seeds && failed.length < FAILURES_MAX && !interrupted;
  for (let seed = from; goesOn(seed); seed += 1) {
    const played = await play(stage, seed);
    tally.add(played);
    if (played.problems.length > 0) failed.push(played);
    bar.increment({ failures: failed.length });
    if (!process.stdout.isTTY && (seed - from) % TELL_EVERY === TELL_EVERY - 1) {
      process.stdout.write(`${seed - from + 1} of ${seeds} worlds, ${failed.length} failed\n`);
    }
  }
  bar.stop();
  process.stdout.write(`${tally.toText()}\n`);
  return failed;
}

async function record(failed: readonly Played[]): Promise<void> {
  const known = JSON.parse(await readFile(REGRESSIONS, 'utf8')) as number[];
  const all = [...new Set([...known, ...failed.map(({ seed }) => seed)])].sort((a, b) => a - b);
  await writeFile(REGRESSIONS, `${JSON.stringify(all)}\n`);
}

async function onPostgres<Result>(work: (stage: Stage) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(path.join(tmpdir(), 'odometer-simulation-'));
  const server = await startEmbeddedPostgres(directory, { fsync: 'off' });
  try {
    process.env['ODOMETER_TEST_DATABASE_URL'] = server.url;
    const stage = await openStage();
    try {
      return await work(stage);
    } finally {
      await stage.close();
    }
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

const options = readOptions();
const failed = await onPostgres((stage) =>
  options.seed === undefined ? playMany(stage, options) : replay(stage, options.seed),
);
for (const { seed, problems } of failed) {
  process.stderr.write(`seed ${seed}:\n${problems.map((one) => `  ${one}\n`).join('')}`);
  process.stderr.write(`  npm run simulate -- --seed ${seed}\n`);
}
if (options.record) await record(failed);
process.exitCode = failed.length === 0 ? 0 : 1;
