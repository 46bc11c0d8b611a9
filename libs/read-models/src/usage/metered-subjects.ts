import { subjectOf } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { HOUR_MS, HOURS_PER_DAY } from './hour-state.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { readDay } from './stored-day.js';
import { UNBILLED_EXAMPLES } from './unbilled.js';

/** Whom usage is billed to: the subscription that a record names, else the customer. */
export type PayerKind = 'customer' | 'subscription';

export interface PayersRequest {
  readonly tenant: string;
  readonly kind: PayerKind;
  /** The last id of the page before. */
  readonly after: string;
  readonly limit: number;
}

/** What meters count of records that name one customer or subscription. */
export interface PayerUsage {
  readonly records: number;
  /** ISO 8601: when the records of its first and last hour arrived. */
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly transactionIds: readonly string[];
}

/** Records of an hour that are looked at for when they arrived. */
const RECORDS_LOOKED_AT = 100;

/** Ids that counted records name as their payer, in their order by bytes. */
export async function findPayers(
  sql: SqlClient,
  schema: string,
  { tenant, kind, after, limit }: PayersRequest,
): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `SELECT DISTINCT ${kind} COLLATE "C" AS id FROM ${schema}.series
      WHERE tenant = $1 AND keys IS NULL AND ${isPayer(kind)} AND ${kind} COLLATE "C" > $2
      ORDER BY 1 LIMIT $3`,
    [tenant, after, limit],
  );
  return rows.map(({ id }) => id);
}

const isPayer = (kind: PayerKind): string =>
  kind === 'customer'
    ? 'subscription IS NULL AND customer IS NOT NULL'
    : 'subscription IS NOT NULL';

/** The usage of a payer; null when none of its records counts any more. */
export async function readPayer(
  sql: SqlClient,
  source: { readonly schema: string; readonly finder: RecordFinder },
  payer: { readonly tenant: string; readonly kind: PayerKind; readonly id: string },
): Promise<PayerUsage | null> {
  const counted = await countedHours(sql, source.schema, payer);
  const hours = [...counted.keys()].sort((a, b) => a - b);
  if (hours.length === 0) return null;
  const seen = async (hour: number): Promise<FoundRecord[]> => {
    const range = {
      tenant: payer.tenant,
      subject: `${payer.kind === 'customer' ? 'c' : 's'}:${payer.id}`,
      from: hour * HOUR_MS,
      to: (hour + 1) * HOUR_MS,
    };
    const places = await source.finder.newestOfSubject(sql, range, RECORDS_LOOKED_AT);
    const found = await source.finder.at(
      sql,
      places.map(({ place }) => place),
    );
    return found.filter(({ record, status }) => status === 'accepted' && isOf(payer, record));
  };
  const first = await seen(hours[0]!);
  const last = hours.length === 1 ? first : await seen(hours.at(-1)!);
  const arrivals = [...first, ...last].map(({ receivedAt }) => receivedAt).sort();
  const ids = [...first, ...last].map(({ record }) => record.transactionId);
  return {
    records: [...counted.values()].reduce((sum, records) => sum + records, 0),
    firstSeenAt: arrivals[0]!,
    lastSeenAt: arrivals.at(-1)!,
    transactionIds: [...new Set(ids)].slice(0, UNBILLED_EXAMPLES),
  };
}

const isOf = (
  { kind, id }: { readonly kind: PayerKind; readonly id: string },
  record: FoundRecord['record'],
): boolean =>
  kind === 'subscription'
    ? record.subscriptionId === id
    : record.subscriptionId === undefined && subjectOf(record) === `c:${id}`;

/** Records by hour. Where several meters look at one event code, the one that counts most of an hour says how many there are. */
async function countedHours(
  sql: SqlClient,
  schema: string,
  { tenant, kind, id }: { readonly tenant: string; readonly kind: PayerKind; readonly id: string },
): Promise<Map<number, number>> {
  const { rows } = await sql.query<{ day: number; hours: string; tags: string[] }>(
    `SELECT b.day, b.hours, live.tags FROM ${schema}.series s
       JOIN ${schema}.bucket b ON b.series = s.id
      CROSS JOIN (SELECT coalesce(array_agg(DISTINCT code || '@' || version), '{}') AS tags
                    FROM ${schema}.meter WHERE tenant = $1 AND live) AS live
      WHERE s.tenant = $1 AND s.keys IS NULL AND ${isPayer(kind)} AND s.${kind} COLLATE "C" = $2`,
    [tenant, id],
  );
  const counted = new Map<number, number>();
  for (const { day, hours, tags } of rows) {
    const most = new Map<number, number>();
    for (const [tag, ofMeter] of readDay(hours)) {
      // Eras of a meter count for it, too; see `meterTag`.
      if (!tags.includes(tag.split('/', 1)[0]!)) continue;
      for (const [hour, { records }] of ofMeter)
        most.set(hour, Math.max(records, most.get(hour) ?? 0));
    }
    for (const [hour, records] of most) {
      const at = day * HOURS_PER_DAY + hour;
      counted.set(at, (counted.get(at) ?? 0) + records);
    }
  }
  return counted;
}
