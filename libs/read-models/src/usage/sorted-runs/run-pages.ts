import { sendTo, type SqlClient } from '@odometer/projections';
import type { RunFormat } from './run-format.js';

/** Pages sent in one statement, as one binary parameter that the server cuts up: half a megabyte, which stays in the processor's caches on its way. */
const PAGES_PER_STATEMENT = 64;

/** Writes sorted entries as pages of a run. All pages but the last are full. */
export async function writePages(
  sql: SqlClient,
  table: string,
  format: RunFormat,
  { run, entries }: { readonly run: string; readonly entries: Buffer },
): Promise<void> {
  const pageBytes = format.pageEntries * format.entryBytes;
  const statementBytes = pageBytes * PAGES_PER_STATEMENT;
  for (let from = 0; from < entries.length; from += statementBytes) {
    const part = entries.subarray(from, from + statementBytes);
    await sendTo(
      sql,
      `INSERT INTO ${table} (run, first_key, entries)
       SELECT $1, substring($2::bytea FROM at FOR ${format.keyBytes}), substring($2::bytea FROM at FOR ${pageBytes})
         FROM generate_series(1, octet_length($2::bytea), ${pageBytes}) AS at`,
      [run, part],
    );
  }
}
