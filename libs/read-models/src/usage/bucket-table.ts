import { sendTo, type SqlClient } from '@odometer/projections';
import type { Series } from './series.js';

/** Names a bucket's row: the id of a series, and a UTC day counted from 1970. */
export interface BucketKey {
  readonly series: string;
  readonly day: number;
}

/** The statements of the tables `series` and `bucket`, each for many rows at once. None is sent for no rows. */
export class BucketTable {
  constructor(private readonly schema: string) {}

  /** Those that are there already stay as they are. */
  async addSeries(sql: SqlClient, series: readonly Series[]): Promise<void> {
    if (series.length === 0) return;
    const rows = series.map(({ dimensions, ...one }) => ({
      ...one,
      keys: dimensions?.keys ?? null,
      dimensions: dimensions?.values ?? null,
    }));
    await sendTo(
      sql,
      `INSERT INTO ${this.schema}.series
       SELECT * FROM json_populate_recordset(NULL::${this.schema}.series, $1) ORDER BY id
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(rows)],
    );
  }

  /** The stored hours of those rows that there are, by the index of their key. */
  async read(sql: SqlClient, keys: readonly BucketKey[]): Promise<ReadonlyMap<number, string>> {
    if (keys.length === 0) return new Map();
    const { rows } = await sql.query<{ i: string; hours: string }>(
      `SELECT k.i, b.hours FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS k(series, day, i)
         JOIN ${this.schema}.bucket b ON b.series = k.series AND b.day = k.day`,
      [keys.map(({ series }) => series), keys.map(({ day }) => day)],
    );
    return new Map(rows.map(({ i, hours }) => [Number(i) - 1, hours]));
  }

  /** Writes rows, those that are there anew; `hoursOf` gives the hours for the index of a key, as one line of JSON. */
  async write(
    sql: SqlClient,
    keys: readonly BucketKey[],
    hoursOf: (index: number) => string,
  ): Promise<void> {
    if (keys.length === 0) return;
    await sendTo(
      sql,
      `INSERT INTO ${this.schema}.bucket (series, day, hours)
       SELECT * FROM unnest($1::uuid[], $2::int[], string_to_array($3::text, E'\\n'))
       ON CONFLICT (series, day) DO UPDATE SET hours = excluded.hours`,
      [
        // Neither ids and numbers nor JSON on a line need the quotes that an array of texts gets element by element.
        `{${keys.map(({ series }) => series).join(',')}}`,
        `{${keys.map(({ day }) => day).join(',')}}`,
        keys.map((_, i) => hoursOf(i)).join('\n'),
      ],
    );
  }

  async remove(sql: SqlClient, keys: readonly BucketKey[]): Promise<void> {
    if (keys.length === 0) return;
    await sendTo(
      sql,
      `DELETE FROM ${this.schema}.bucket b USING unnest($1::uuid[], $2::int[]) AS k(series, day)
        WHERE b.series = k.series AND b.day = k.day`,
      [keys.map(({ series }) => series), keys.map(({ day }) => day)],
    );
  }
}
