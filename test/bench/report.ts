import Table from 'cli-table3';
import type { Cost } from './distributed.js';
import type { BenchOptions } from './options.js';
import type { Row } from './rows.js';
import type { Spread } from './spread.js';

const HEAD = ['what', 'against', 'bar', 'ratio (min – max)', '', 'measured', 'baseline'];

export function consoleTable(rows: readonly Row[]): string {
  const table = new Table({
    head: HEAD,
    colWidths: [34, 24, 14, 22, 4, 26, 26],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(cellsOf(row).map((cell) => cell.replaceAll('`', '')));
  return table.toString();
}

const COST_HEAD = ['mode', 'process', 'CPU for each record'];

const costCells = ({ mode, process, micros }: Cost): string[] => [
  mode,
  process,
  `${micros.toFixed(1)} µs`,
];

export function costTable(costs: readonly Cost[]): string {
  const table = new Table({ head: COST_HEAD, style: { head: [], border: [] } });
  for (const cost of costs) table.push(costCells(cost));
  return table.toString();
}

export interface Circumstances {
  readonly date: string;
  readonly machine: readonly string[];
  readonly options: BenchOptions;
  readonly records: number;
  /** Empty but for the distributed modes. */
  readonly costs: readonly Cost[];
}

/** The page of the documentation. */
export function markdown(rows: readonly Row[], circumstances: Circumstances): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const { date, machine, options, records, costs } = circumstances;
  const table = (head: readonly string[], body: readonly (readonly string[])[]): string[] => [
    line(head),
    line(head.map(() => '---')),
    ...body.map((cells) => line(cells)),
    '',
  ];
  return [
    options.distributed ? '# Benchmarks of the distributed modes' : '# Benchmarks',
    '',
    `Written by \`npm run bench${modeOf(options)}\`. Figures are ratios to a baseline of the same run on the same machine: medians over the rounds, with the`,
    'least and the most. How each row is measured is told in `test/bench/README.md`.',
    '',
    `Measured on ${date}: ${options.rounds} rounds of ${options.records.toLocaleString('en')} records, ${records.toLocaleString('en')} in all, of`,
    `${options.customers.toLocaleString('en')} customers (${options.distribution}), seed ${options.seed}. The totals that the API answered were those of what was sent.`,
    '',
    ...machine.map((fact) => `- ${fact}`),
    '',
    ...table(HEAD, rows.map(cellsOf)),
    ...(costs.length > 0 ? table(COST_HEAD, costs.map(costCells)) : []),
  ].join('\n');
}

function modeOf({ distributed, queries, memory }: BenchOptions): string {
  const mode = distributed ? 'distributed' : queries ? 'queries' : memory ? 'memory' : null;
  return mode === null ? '' : ` -- --${mode}`;
}

function cellsOf(row: Row): string[] {
  const passed = row.passed === null ? '' : row.passed ? '✓' : '✗';
  return [
    row.what,
    row.against,
    row.bar,
    spreadText(row.ratio, 2),
    passed,
    `${spreadText(row.subject, digitsOf(row))} ${row.unit}`,
    `${spreadText(row.baseline, digitsOf(row))} ${row.unit}`,
  ];
}

const DIGITS: Readonly<Record<string, number>> = { ms: 2, bytes: 1, 'µs a record': 1 };
const digitsOf = ({ unit }: Row): number => DIGITS[unit] ?? 0;

function spreadText({ median, min, max }: Spread, digits: number): string {
  const text = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return min === max ? text(median) : `${text(median)} (${text(min)} – ${text(max)})`;
}
