import {
  compileMeter,
  meterAt,
  observationAt,
  type CompiledMeter,
  type Meter,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import type { Place } from './identity.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';

/**
 * Why records are billed nowhere, as far as usage alone knows. `unknown_code`: no meter looks at their event code. `uncounted`: a meter
 * looks at them and cannot count them. `conflict`: their identity was taken by other content. `late_beyond_limit`: they came too late.
 */
export const UNBILLED_KINDS = [
  'unknown_code',
  'uncounted',
  'conflict',
  'late_beyond_limit',
] as const;
export type UnbilledKind = (typeof UNBILLED_KINDS)[number];

/** Transaction ids that an entry shows as examples. */
export const UNBILLED_EXAMPLES = 5;

/** Records that are billed nowhere for one reason. */
export interface UnbilledRecords {
  /** The kind, or for `uncounted` what was wrong: `missing_field`, `not_a_number` and what else aggregations refuse. */
  readonly reason: string;
  readonly records: number;
  readonly code: string;
  /** The meter that cannot count them; null for other reasons. */
  readonly meter: string | null;
  /** ISO 8601: when the first and the last of them arrived, corrected ones included. */
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** Some of those that are still to be dealt with. */
  readonly transactionIds: readonly string[];
}

export interface UnbilledRequest {
  readonly tenant: string;
  readonly kind: UnbilledKind;
  /** Key of the entry before; absent = from the first. */
  readonly after?: UnbilledKey | undefined;
  readonly limit: number;
}

/** Names an entry of a kind, and orders them: the event code, or the meter and the reason. */
export type UnbilledKey = readonly [first: string, second: string];

export interface UnbilledEntry {
  readonly key: UnbilledKey;
  readonly records: UnbilledRecords;
}

interface TallyRow {
  readonly first_key: string;
  readonly second_key: string;
  readonly definition: Meter | null;
  readonly records: string;
  readonly first_position: string;
  readonly last_position: string;
}

/** Entries of a kind by key, at most `limit`. */
export async function findUnbilled(
  sql: SqlClient,
  source: { readonly schema: string; readonly finder: RecordFinder },
  request: UnbilledRequest,
): Promise<UnbilledEntry[]> {
  const { tenant, kind, after, limit } = request;
  const query = kind === 'uncounted' ? uncountedQuery(source.schema) : codesQuery(source.schema);
  const parameters = [tenant, after?.[0] ?? '', after?.[1] ?? '', limit];
  const { rows } = await sql.query<TallyRow>(
    query,
    kind === 'uncounted' ? parameters : [...parameters, statusOfKind(kind), kind],
  );
  const entries: UnbilledEntry[] = [];
  for (const row of rows) entries.push(await entryOf(sql, source, { kind, row }));
  return entries;
}

const statusOfKind = (kind: UnbilledKind): string => (kind === 'unknown_code' ? 'accepted' : kind);

const codesQuery = (schema: string): string => `
  SELECT code AS first_key, '' AS second_key, NULL AS definition, sum(records) AS records,
         min(first_position) AS first_position, max(last_position) AS last_position
    FROM ${schema}.code_tally t
   WHERE tenant = $1 AND status = $5 AND (code, ''::text) > ($2, $3)
     AND ($6 <> 'unknown_code' OR NOT EXISTS (
       SELECT FROM ${schema}.meter m
        WHERE m.tenant = t.tenant AND m.live AND m.definition->>'eventCode' = t.code))
   GROUP BY code HAVING sum(records) > 0 ORDER BY code LIMIT $4`;

/** Of the meters as they are now: what an older version could not count is no concern any more. */
const uncountedQuery = (schema: string): string => `
  SELECT u.meter AS first_key, u.reason AS second_key, (array_agg(m.definition))[1] AS definition,
         sum(u.records) AS records, min(u.first_position) AS first_position, max(u.last_position) AS last_position
    FROM ${schema}.uncounted u
    JOIN ${schema}.meter m ON m.tenant = u.tenant AND m.code = u.meter AND m.version = u.version
                          AND m.shard = u.shard AND m.live
   WHERE u.tenant = $1 AND (u.meter, u.reason) > ($2, $3)
   GROUP BY u.meter, u.reason ORDER BY u.meter, u.reason LIMIT $4`;

async function entryOf(
  sql: SqlClient,
  { schema, finder }: { readonly schema: string; readonly finder: RecordFinder },
  { kind, row }: { readonly kind: UnbilledKind; readonly row: TallyRow },
): Promise<UnbilledEntry> {
  const { first_key: first, second_key: second, definition } = row;
  const positions = [Number(row.first_position), Number(row.last_position)];
  const found = await finder.at(sql, await placesAt(sql, schema, positions));
  const isMeant = definition === null ? ofCode(kind, first) : ofMeter(definition, second);
  const examples = found.filter(isMeant).map(({ record }) => record.transactionId);
  const seenAt = (position: number): string =>
    found.find(({ place }) => place.position === position)!.receivedAt;
  return {
    key: [first, second],
    records: {
      reason: definition === null ? kind : second,
      records: Number(row.records),
      code: definition === null ? first : definition.eventCode,
      meter: definition === null ? null : first,
      firstSeenAt: seenAt(positions[0]!),
      lastSeenAt: seenAt(positions[1]!),
      transactionIds: [...new Set(examples)].slice(0, UNBILLED_EXAMPLES),
    },
  };
}

/** All places of the segments at these positions, in the order of the log. */
async function placesAt(
  sql: SqlClient,
  schema: string,
  positions: readonly number[],
): Promise<Place[]> {
  const { rows } = await sql.query<{ position: string; records: number }>(
    `SELECT position, records FROM ${schema}.segment WHERE position = ANY($1::bigint[]) ORDER BY position`,
    [positions],
  );
  return rows.flatMap(({ position, records }) =>
    Array.from({ length: records }, (_, index) => ({ position: Number(position), index })),
  );
}

type IsMeant = (found: FoundRecord) => boolean;

const ofCode = (kind: UnbilledKind, code: string): IsMeant => {
  const status = statusOfKind(kind);
  return (found) => found.status === status && found.record.code === code;
};

const ofMeter = (definition: Meter, reason: string): IsMeant => {
  const versions = new Map<number, CompiledMeter>();
  return ({ record, place, status }) => {
    if (status !== 'accepted') return false;
    const valid = meterAt(definition, record.timestamp + 1);
    const meter = versions.get(valid.version) ?? compileMeter(valid);
    versions.set(valid.version, meter);
    return meter.matches(record) && meter.observe(record, observationAt(place)) === reason;
  };
};
