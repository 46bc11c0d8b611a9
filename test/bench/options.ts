import { Command, InvalidArgumentError, Option } from 'commander';
import { DISTRIBUTIONS, type Distribution } from './records.js';

/** Those of the default, and those of `--queries`. */
const PHASES_OF_LOAD = ['flatness', 'sustained', 'check', 'accepted', 'singles', 'replay'] as const;
const PHASES_OF_QUERIES = ['charges', 'year'] as const;
const PHASES = [...PHASES_OF_LOAD, ...PHASES_OF_QUERIES];
export type Phase = (typeof PHASES)[number];

export interface BenchOptions {
  /** Records of one round. */
  readonly records: number;
  readonly rounds: number;
  readonly customers: number;
  readonly distribution: Distribution;
  readonly seed: number;
  readonly phases: readonly Phase[];
  /** The distributed ways to run beside the default, in place of the phases. */
  readonly distributed: boolean;
  /** Questions about usage, in place of the phases; `records` is then the whole log. */
  readonly queries: boolean;
  /** Memory of the processes, in place of the phases; `records` is then the whole log. */
  readonly memory: boolean;
  /** Where the Markdown goes; null: nowhere. */
  readonly output: string | null;
}

/** A round of fewer would be over in a fraction of a second, and tell how servers start. */
const DEFAULTS = { records: 500_000, rounds: 5 };
/** Enough to see that everything works; its figures say little. */
const QUICK = { records: 20_000, rounds: 2 };
const OUTPUT = 'docs/benchmarks.md';
const DISTRIBUTED_OUTPUT = 'docs/benchmarks-distributed.md';
const QUERIES = { records: 1_000_000, rounds: 5 };
const QUERIES_OUTPUT = 'docs/benchmarks-queries.md';
/** Of memory there is one round: what a process takes at most after so many records. */
const MEMORY = { records: 10_000_000, rounds: 1 };
const MEMORY_OUTPUT = 'docs/benchmarks-memory.md';

interface Given {
  readonly records?: number;
  readonly rounds?: number;
  readonly customers: number;
  readonly distribution: Distribution;
  readonly seed: number;
  readonly quick?: boolean;
  readonly distributed?: boolean;
  readonly queries?: boolean;
  readonly memory?: boolean;
  readonly only: Phase[];
  readonly output?: string;
}

export function readOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('npm run bench --')
    .description(
      'Measures Odometer against PostgreSQL on this machine, and checks what it counted.',
    )
    .option('--records <n>', `records of one round (${DEFAULTS.records})`, wholeNumber)
    .option('--rounds <n>', `rounds, of which medians are told (${DEFAULTS.rounds})`, wholeNumber)
    .option('--customers <n>', 'customers that the records are of', wholeNumber, 10_000)
    .addOption(
      new Option('--distribution <name>', 'how records spread over customers')
        .choices(DISTRIBUTIONS)
        .default('zipf'),
    )
    .option('--seed <n>', 'seed of the records', wholeNumber, 1)
    .option('--quick', `${QUICK.rounds} rounds of ${QUICK.records} records, nothing written`)
    .addOption(
      new Option('--only <phases...>', 'some phases alone, nothing written')
        .choices(PHASES)
        .default([...PHASES]),
    )
    .option('--distributed', 'Kafka, EventStoreDB and roles apart, beside the default')
    .option(
      '--queries',
      `current usage of many charges, and a year in a log of --records (${QUERIES.records})`,
    )
    .option(
      '--memory',
      `memory of the processes with a log of --records (${MEMORY.records}), against a tenth of it`,
    )
    .option(
      '--output <file>',
      `Markdown to write (${OUTPUT}, ${DISTRIBUTED_OUTPUT}, ${QUERIES_OUTPUT}, ${MEMORY_OUTPUT})`,
    );
  const given = command.parse([...argv]).opts<Given>();
  const possible: readonly Phase[] = given.queries === true ? PHASES_OF_QUERIES : PHASES_OF_LOAD;
  if (!given.only.some((phase) => possible.includes(phase)))
    command.error(`--only: there is nothing to measure but ${possible.join(', ')}`);
  const size = sizeOf(given);
  const whole = given.quick !== true && given.only.length === PHASES.length;
  return {
    records: given.records ?? size.records,
    rounds: given.rounds ?? size.rounds,
    customers: given.customers,
    distribution: given.distribution,
    seed: given.seed,
    phases: given.only,
    distributed: given.distributed === true,
    queries: given.queries === true,
    memory: given.memory === true,
    output: given.output ?? (whole ? outputOf(given) : null),
  };
}

function sizeOf(given: Given): { readonly records: number; readonly rounds: number } {
  const { quick, queries, memory } = given;
  if (quick === true) return QUICK;
  if (memory === true) return MEMORY;
  return queries === true ? QUERIES : DEFAULTS;
}

function outputOf({ distributed, queries, memory }: Given): string {
  if (memory === true) return MEMORY_OUTPUT;
  if (queries === true) return QUERIES_OUTPUT;
  return distributed === true ? DISTRIBUTED_OUTPUT : OUTPUT;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('A whole number from 1.');
  return Number(text);
}
