import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { RunReport } from './run.js';

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const BEGIN = '<!-- faults -->';
const END = '<!-- /faults -->';

/** Writes the figures of long runs into the section "Faults" of docs/reliability.md, and leaves the rest of the page alone. */
export async function writeFaults(
  reports: readonly RunReport[],
  run: { readonly seed: number; readonly minutes: number },
): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before)
    throw new Error(`${PAGE} has no place between ${BEGIN} and ${END}`);
  const section = [
    BEGIN,
    '',
    `\`npm run reliability -- --minutes ${run.minutes} --seed ${run.seed}\`, ${run.minutes} minutes for each setting.`,
    '',
    ...figures(reports),
    '',
    ...faults(reports),
    '',
  ].join('\n');
  await writeFile(PAGE, page.slice(0, before) + section + page.slice(after));
}

type Figure = readonly [name: string, read: (report: RunReport) => number];

const FIGURES: readonly Figure[] = [
  ['records sent', ({ sent }) => sent],
  ['records acknowledged', ({ acknowledged }) => acknowledged],
  ['… of them lost', ({ findings }) => findings.losses.length],
  ['… of them counted twice', ({ findings }) => findings.doubles.length],
  ['counted, and never sent', ({ findings }) => findings.inventions.length],
  ['refused for good', ({ findings }) => findings.refusals.length],
  ['not acknowledged, and counted all the same', ({ openButCounted }) => openButCounted],
  ['totals added up again from the log', ({ recounted }) => recounted.totals],
  ['… of them different', ({ recounted }) => recounted.differing.length],
  ['read models rebuilt from the log', ({ rebuild }) => rebuild.readModels],
  ['… rows compared', ({ rebuild }) => rebuild.rows],
  ['… read models that were different', ({ rebuild }) => rebuild.differing.length],
  ['requests told to try again (429, 5xx)', ({ turnedAway }) => turnedAway],
  ['requests without an answer', ({ unanswered }) => unanswered],
  ['connections hit by a fault', ({ weather }) => sum(weather.faults.values())],
  ['processes killed', ({ weather }) => weather.killed],
  ['processes stopped', ({ weather }) => weather.stopped],
  ['processes frozen and thawed', ({ weather }) => weather.frozen],
  ['starts that failed for want of a server', ({ failedStarts }) => failedStarts],
  ['ms from the end of the faults until all was visible', ({ healedMs }) => healedMs],
];

const figures = (reports: readonly RunReport[]): string[] => [
  row('', ...reports.map(({ options }) => options.setting)),
  row('---', ...reports.map(() => '---:')),
  ...FIGURES.map(([name, read]) => row(name, ...reports.map((report) => grouped(read(report))))),
];

function faults(reports: readonly RunReport[]): string[] {
  const names = new Set(reports.flatMap(({ weather }) => [...weather.faults.keys()]));
  return [
    row('connections hit', ...reports.map(({ options }) => options.setting)),
    row('---', ...reports.map(() => '---:')),
    ...[...names]
      .sort()
      .map((name) =>
        row(name, ...reports.map(({ weather }) => grouped(weather.faults.get(name) ?? 0))),
      ),
  ];
}

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const grouped = (value: number): string => value.toLocaleString('en');

const sum = (values: Iterable<number>): number => [...values].reduce((all, one) => all + one, 0);
