import { setImmediate as breathe } from 'node:timers/promises';
import { eachUsageWindow } from '@odometer/domain';
import type { ExportShape } from '../exports/export-format.js';
import { invalid, type AskedUsage, type UsageOverTime } from './asked-usage.js';
import { usageRows, type UsageRow } from './usage.dto.js';

/** Windows of one export: two years of minutes, or a century of hours. */
export const USAGE_EXPORT_WINDOWS_MAX = 1_000_000;

/** Windows that are counted before something else gets its turn. */
const COUNTED_AT_ONCE = 1_000;

export type UsagePage = Pick<UsageOverTime, 'windows' | 'answer' | 'grouped'>;

/** Usage as lines; in CSV each group-by key is a column of its own. */
export const usageExport = (groupBy: readonly string[]): ExportShape<UsageRow> => ({
  name: 'usage',
  json: (row) => row,
  columns: [
    { name: 'from', cell: ({ from }) => from },
    { name: 'to', cell: ({ to }) => to },
    ...groupBy.map((key) => ({
      name: `group.${key}`,
      cell: ({ group }: UsageRow) => group[key] ?? null,
    })),
    { name: 'other', cell: ({ other }) => other },
    { name: 'value', cell: ({ value }) => value },
    { name: 'events_count', cell: ({ events_count: count }) => count },
  ],
});

/** How many windows were asked for. Throws RuleBroken where they are more than an export has. */
export async function countWindows({ period, window, timezone }: AskedUsage): Promise<number> {
  if (window === undefined) return 1;
  const windows = eachUsageWindow(period, window, timezone);
  let count = 0;
  while (windows.next().done !== true) {
    count += 1;
    if (count > USAGE_EXPORT_WINDOWS_MAX) throw tooMany();
    if (count % COUNTED_AT_ONCE === 0) await breathe();
  }
  return count;
}

/** The rows of each page, and the position that the first page reflects, which those after it are not behind. */
export async function rowsOfPages(pages: AsyncGenerator<UsagePage, void>): Promise<{
  readonly position: number;
  readonly rows: AsyncGenerator<readonly UsageRow[], void>;
}> {
  const first = await pages.next();
  // A period is never empty, so there is a first window.
  const page = first.value as UsagePage;
  return { position: page.answer.position, rows: eachRows(page, pages) };
}

async function* eachRows(
  first: UsagePage,
  others: AsyncIterable<UsagePage>,
): AsyncGenerator<readonly UsageRow[], void> {
  yield usageRows(first);
  for await (const page of others) yield usageRows(page);
}

const tooMany = () =>
  invalid(
    '/window',
    'too_many_windows',
    `Must be such that there are at most ${USAGE_EXPORT_WINDOWS_MAX} windows`,
  );
