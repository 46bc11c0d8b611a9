import { sameValue, type UsageRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { identityPlace, sameIdentity, type Place } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { sortEntries } from './sorted-runs/entry-order.js';
import type { SortedRuns } from './sorted-runs/sorted-runs.js';
import type { SetAsideRecord } from './set-aside.js';
import { batchIndexOf, type UsageBatch } from './usage-batch.js';

export interface Deduplicated {
  /** By index in the batch: 1 where the record counts. */
  readonly counts: Uint8Array;
  /** Records whose identity was taken by an earlier one of the log. */
  readonly rejections: readonly SetAsideRecord[];
  /** Identity entries of the records that count, sorted. */
  readonly fresh: Buffer;
}

/** What telling a retry from a conflict needs to look at. */
export interface RecordSource {
  /** One record of the log. */
  readonly record: (place: Place) => Promise<UsageRecord>;
  /** What amendments have put in the place of a record last; null when it was never amended. */
  readonly amended: (original: Place) => Promise<UsageRecord | null>;
}

const WIDTH = IDENTITY_RUNS.entryBytes;

/** Decides which records of a batch count: the first of each identity in log order, for ever. */
export async function deduplicate(
  sql: SqlClient,
  batch: UsageBatch,
  known: SortedRuns,
  source: RecordSource,
): Promise<Deduplicated> {
  const sorted = sortEntries(batch.identities, WIDTH);
  const taken = await known.find(sql, sorted);
  const counts = new Uint8Array(batch.size);
  const rejections: SetAsideRecord[] = [];
  const fresh: Buffer[] = [];
  let freshFrom = 0;
  // Entries of one identity stand side by side, the earliest in the log first.
  let first: Buffer = sorted;
  let firstAt = 0;
  for (let i = 0, at = 0; at < sorted.length; i += 1, at += WIDTH) {
    const repeats = i > 0 && sameIdentity(sorted, at, at - WIDTH);
    if (!repeats) {
      const stored = taken.get(i);
      first = stored ?? sorted;
      firstAt = stored === undefined ? at : 0;
      if (stored === undefined) {
        counts[batchIndexOf(batch, identityPlace(sorted, at))] = 1;
        continue;
      }
    }
    rejections.push(
      await rejectionOf({ entries: sorted, at }, { entries: first, at: firstAt }, source),
    );
    fresh.push(sorted.subarray(freshFrom, at));
    freshFrom = at + WIDTH;
  }
  fresh.push(sorted.subarray(freshFrom));
  return { counts, rejections, fresh: fresh.length === 1 ? sorted : Buffer.concat(fresh) };
}

interface Entry {
  readonly entries: Buffer;
  readonly at: number;
}

/**
 * A repeat of the same content, as it was sent first or as it was amended last, is a retry; other content under the same identity is a
 * conflict, which the records tell.
 */
async function rejectionOf(
  entry: Entry,
  first: Entry,
  source: RecordSource,
): Promise<SetAsideRecord> {
  const place = identityPlace(entry.entries, entry.at);
  const original = identityPlace(first.entries, first.at);
  const repeat = await source.record(place);
  if (sameContent(repeat, await source.record(original)))
    return { place, original, status: 'duplicate' };
  const amended = await source.amended(original);
  const same = amended !== null && sameContent(repeat, amended);
  return { place, original, status: same ? 'duplicate' : 'conflict' };
}

/** Equal but for the order of keys, and for a time that nobody sent. */
const sameContent = (a: UsageRecord, b: UsageRecord): boolean =>
  a.code === b.code &&
  a.subscriptionId === b.subscriptionId &&
  a.entityId === b.entityId &&
  (a.timestamp === b.timestamp || Boolean(a.timestampAssigned ?? b.timestampAssigned)) &&
  sameValue(a.properties, b.properties);
