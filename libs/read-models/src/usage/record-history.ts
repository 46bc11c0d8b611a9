import { shardOf, subjectOf, type CorrectionEvent, type UsageRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { identityPlace, writeIdentity, type Place } from './identity.js';
import type { RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';
import type { CachedSegment, SegmentCache } from './segment-cache.js';
import type { RecordStatus } from './usage-batch.js';
import { statusOf } from './usage-records-request.js';

/** Names one record. The customer is who it is about, or the subscription where the record names no customer. */
export interface RecordRequest {
  readonly tenant: string;
  readonly transactionId: string;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
}

/** One thing that happened to a record. */
export interface RecordVersion {
  readonly kind: 'recorded' | 'voided' | 'amended';
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly position: number;
  /** What the record says from here on; null once it is void. */
  readonly record: UsageRecord | null;
}

export interface RecordHistory {
  /** What the record says now, or said last. */
  readonly record: UsageRecord;
  readonly status: RecordStatus;
  /** ISO 8601: when it first arrived. */
  readonly receivedAt: string;
  /** Where it first stands in the log. */
  readonly position: number;
  /** Oldest first; corrections that had no effect are not among them. */
  readonly history: readonly RecordVersion[];
}

interface Reading {
  readonly sql: SqlClient;
  readonly schema: string;
  readonly shards: number;
  readonly segments: SegmentCache;
  readonly finder: RecordFinder;
}

/** The record of an identity with all that was made of it; null when there is none. */
export async function findRecordHistory(
  reading: Reading,
  request: RecordRequest,
): Promise<RecordHistory | null> {
  const original = await placeOfIdentity(reading, request);
  if (original === null) return null;
  const { sql, schema, segments } = reading;
  const { rows } = await sql.query<{ position: string; type: CorrectionEvent['type'] }>(
    `SELECT position, type FROM ${schema}.correction
      WHERE original_position = $1 AND original_index = $2 AND effective ORDER BY position`,
    [original.position, original.index],
  );
  const corrections = rows.map(({ position, type }) => ({ position: Number(position), type }));
  const amendment = corrections.findLast(({ type }) => type === 'UsageAmended');
  const current = amendment === undefined ? original : { position: amendment.position, index: 0 };
  const [found] = await reading.finder.at(sql, [current]);
  const loaded = await segments.load([
    original.position,
    ...corrections.map(({ position }) => position),
  ]);
  const first = loaded.get(original.position)!;
  return {
    record: found!.record,
    status: statusOf(found!),
    receivedAt: first.receivedAt,
    position: original.position,
    history: [
      versionOf('recorded', original.position, first, first.columns.record(original.index)!),
      ...corrections.map(({ position, type }) => {
        const segment = loaded.get(position)!;
        return type === 'UsageVoided'
          ? versionOf('voided', position, segment, null)
          : versionOf('amended', position, segment, segment.columns.record(0)!);
      }),
    ],
  };
}

const versionOf = (
  kind: RecordVersion['kind'],
  position: number,
  { receivedAt, actor, reason }: CachedSegment,
  record: UsageRecord | null,
): RecordVersion => ({ kind, at: receivedAt, actor, reason, position, record });

async function placeOfIdentity(
  { sql, schema, shards }: Reading,
  { tenant, transactionId, customerId, subscriptionId }: RecordRequest,
): Promise<Place | null> {
  const record = { transactionId, customerId, subscriptionId };
  const { entryBytes, keyBytes } = IDENTITY_RUNS;
  const entry = Buffer.alloc(entryBytes);
  writeIdentity(entry, 0, { tenant, record, place: { position: 0, index: 0 } });
  const key = entry.subarray(0, keyBytes);
  const { rows } = await sql.query<{ entries: Buffer }>(
    `SELECT p.entries FROM ${schema}.identity_run r CROSS JOIN LATERAL (
       SELECT entries FROM ${schema}.identity_page
        WHERE run = r.id AND first_key <= $1 ORDER BY first_key DESC LIMIT 1
     ) AS p WHERE r.live AND r.shard = $2`,
    [key, shardOf(subjectOf(record), shards)],
  );
  for (const { entries } of rows) {
    for (let at = 0; at < entries.length; at += entryBytes) {
      if (entries.compare(key, 0, keyBytes, at, at + keyBytes) === 0)
        return identityPlace(entries, at);
    }
  }
  return null;
}
