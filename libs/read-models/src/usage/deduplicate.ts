import { sameValue, type UsageRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { identityPlace, sameIdentity, viewOf, type Place } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';
import type { SortedRuns } from './sorted-runs/sorted-runs.js';
import type { SetAsideRecord } from './set-aside.js';
import { batchIndexOf, type UsageBatch } from './usage-batch.js';

export interface Deduplicated {
  /** By index in the batch: 1 where the record counts. */
  readonly counts: Uint8Array;
  /** Records whose identity was taken by an earlier one of the log. */
  readonly rejections: readonly SetAsideRecord[];
  /** Identity entries of the records that count, sorted, in pieces; valid until others are deduplicated. */
  readonly fresh: readonly Buffer[];
}

/** What telling a retry from a conflict needs to look at. */
export interface RecordSource {
  /** Records of the log, in the order of the places. */
  readonly records: (places: readonly Place[]) => Promise<UsageRecord[]>;
  /** What amendments have put in the place of a record last; null when it was never amended. */
  readonly amended: (original: Place) => Promise<UsageRecord | null>;
}

/** A record whose identity an earlier one has. */
interface Repeat {
  readonly place: Place;
  readonly original: Place;
}

const WIDTH = IDENTITY_RUNS.entryBytes;

/** Repeats that are looked at together, whose segments are held meanwhile. */
const REPEATS_AT_ONCE = 128;

/** Decides which records of a batch count: the first of each identity in log order, for ever. */
export async function deduplicate(
  sql: SqlClient,
  batch: UsageBatch,
  known: SortedRuns,
  source: RecordSource,
): Promise<Deduplicated> {
  const sorted = known.sorted(batch.identities);
  const taken = await known.find(sql, sorted);
  const { repeats, fresh } = repeatsOf(sorted, taken);
  const counts = new Uint8Array(batch.size).fill(1);
  for (const { place } of repeats) counts[batchIndexOf(batch, place)] = 0;
  return { counts, rejections: await rejectionsOf(repeats, source), fresh };
}

/** Tells sorted entries that are first of their identity, `fresh`, from those that repeat one of them or a stored one. */
function repeatsOf(
  sorted: Buffer,
  taken: ReadonlyMap<number, Buffer>,
): { repeats: Repeat[]; fresh: Buffer[] } {
  const view = viewOf(sorted);
  const repeats: Repeat[] = [];
  const fresh: Buffer[] = [];
  let freshFrom = 0;
  // Entries of one identity stand side by side, the earliest in the log first.
  let firstAt = 0;
  let stored: Buffer | undefined;
  for (let i = 0, at = 0; at < sorted.length; i += 1, at += WIDTH) {
    if (i === 0 || !sameIdentity(view, at, at - WIDTH)) {
      firstAt = at;
      stored = taken.size === 0 ? undefined : taken.get(i);
      if (stored === undefined) continue;
    }
    const original =
      stored === undefined ? identityPlace(sorted, firstAt) : identityPlace(stored, 0);
    repeats.push({ place: identityPlace(sorted, at), original });
    fresh.push(sorted.subarray(freshFrom, at));
    freshFrom = at + WIDTH;
  }
  fresh.push(sorted.subarray(freshFrom));
  return { repeats, fresh };
}

/** In the order of the repeats. Those of one segment are looked at together, so that few segments are read at a time, and each mostly once. */
async function rejectionsOf(
  repeats: readonly Repeat[],
  source: RecordSource,
): Promise<SetAsideRecord[]> {
  const statuses = new Map<Repeat, SetAsideRecord['status']>();
  const byOriginal = repeats.toSorted((a, b) => a.original.position - b.original.position);
  for (let from = 0; from < byOriginal.length; from += REPEATS_AT_ONCE) {
    const part = byOriginal.slice(from, from + REPEATS_AT_ONCE);
    const again = await source.records(part.map(({ place }) => place));
    const first = await source.records(part.map(({ original }) => original));
    for (const [i, repeat] of part.entries())
      statuses.set(repeat, await statusOf(repeat, [again[i]!, first[i]!], source));
  }
  return repeats.map((repeat) => ({ ...repeat, status: statuses.get(repeat)! }));
}

/**
 * A repeat of the same content, as it was sent first or as it was amended last, is a retry; other content under the same identity is a
 * conflict, which the records tell.
 */
async function statusOf(
  { original }: Repeat,
  [again, first]: readonly [UsageRecord, UsageRecord],
  source: RecordSource,
): Promise<SetAsideRecord['status']> {
  if (sameContent(again, first)) return 'duplicate';
  const amended = await source.amended(original);
  return amended !== null && sameContent(again, amended) ? 'duplicate' : 'conflict';
}

/** Equal but for the order of keys, and for a time that nobody sent. */
const sameContent = (a: UsageRecord, b: UsageRecord): boolean =>
  a.code === b.code &&
  a.subscriptionId === b.subscriptionId &&
  a.entityId === b.entityId &&
  (a.timestamp === b.timestamp || Boolean(a.timestampAssigned ?? b.timestampAssigned)) &&
  sameValue(a.properties, b.properties);
