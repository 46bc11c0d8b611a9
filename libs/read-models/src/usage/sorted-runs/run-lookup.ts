import type { SqlClient } from '@odometer/projections';
import { WORD_BYTES, wordsOf } from './entry-order.js';
import type { RunFormat } from './run-format.js';
import type { Run } from './run-table.js';

interface Written {
  readonly format: RunFormat;
  /** The table of the runs' pages. */
  readonly pages: string;
  readonly runs: readonly Run[];
}

/** Which of these entries' keys are in runs that are written: index in `entries` → the stored entry. The filters are asked first, and the pages only about what they suspect. */
export async function findInRuns(
  sql: SqlClient,
  { format, pages, runs }: Written,
  entries: Buffer,
): Promise<Map<number, Buffer>> {
  const found = new Map<number, Buffer>();
  const suspects = suspectsOf(runs, entries, format);
  if (suspects.index.length === 0) return found;
  const { keyBytes, entryBytes } = format;
  const { rows } = await sql.query<{ i: number; at: number; entry: Buffer }>(
    // The pages of a key's place are looked through once each, not for every mention of what is found.
    `SELECT c.i, f.at, substring(p.entries FROM f.at FOR ${entryBytes}) AS entry
       FROM unnest($1::int[], $2::bigint[], $3::bytea[]) AS c(i, run, key)
      CROSS JOIN LATERAL (
        SELECT entries FROM ${pages}
         WHERE run = c.run AND first_key <= c.key ORDER BY first_key DESC LIMIT 1
      ) AS p
      CROSS JOIN LATERAL (SELECT position(c.key IN p.entries) AS at OFFSET 0) AS f
      WHERE f.at > 0`,
    [
      suspects.index,
      suspects.run,
      suspects.index.map((i) => entries.subarray(i * entryBytes, i * entryBytes + keyBytes)),
    ],
  );
  for (const row of rows) {
    // Bytes of a key could in principle stand across two entries: only an aligned hit is one.
    if ((row.at - 1) % entryBytes === 0) found.set(row.i, row.entry);
  }
  return found;
}

/** Indices in `entries`, each with a run that may have its key. */
function suspectsOf(
  runs: readonly Run[],
  entries: Buffer,
  { entryBytes }: RunFormat,
): { index: number[]; run: string[] } {
  const index: number[] = [];
  const run: string[] = [];
  const words = wordsOf(entries);
  const wordsPerEntry = entryBytes / WORD_BYTES;
  for (const { id, filter } of runs) {
    const suspects =
      filter?.suspects(words, wordsPerEntry) ??
      Array.from({ length: words.length / wordsPerEntry }, (_, i) => i);
    for (const suspect of suspects) {
      index.push(suspect);
      run.push(id);
    }
  }
  return { index, run };
}
