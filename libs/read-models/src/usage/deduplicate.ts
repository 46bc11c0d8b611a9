import { isDeepStrictEqual } from 'node:util';
import type { UsageRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { identityPlace, sameIdentity, type Place } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { sortEntries } from './sorted-runs/entry-order.js';
import type { SortedRuns } from './sorted-runs/sorted-runs.js';
import { batchIndexOf, type RecordStatus, type UsageBatch } from './usage-batch.js';

/** A record whose identity was taken by an earlier one of the log. */
export interface Rejection {
  readonly place: Place;
  readonly original: Place;
  readonly status: Exclude<RecordStatus, 'accepted'>;
}

export interface Deduplicated {
  /** By index in the batch: 1 where the record counts. */
  readonly counts: Uint8Array;
  readonly rejections: readonly Rejection[];
  /** Identity entries of the records that count, sorted. */
  readonly fresh: Buffer;
}

/** Reads one record of the log. */
export type ReadRecord = (place: Place) => Promise<UsageRecord>;

const WIDTH = IDENTITY_RUNS.entryBytes;

/** Decides which records of a batch count: the first of each identity in log order, for ever. */
export async function deduplicate(
  sql: SqlClient,
  batch: UsageBatch,
  known: SortedRuns,
  readRecord: ReadRecord,
): Promise<Deduplicated> {
  const sorted = sortEntries(batch.identities, WIDTH);
  const taken = await known.find(sql, sorted);
  const counts = new Uint8Array(batch.size);
  const rejections: Rejection[] = [];
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
      await rejectionOf({ entries: sorted, at }, { entries: first, at: firstAt }, readRecord),
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

/** A repeat of the same content is a retry; other content under the same identity is a conflict, which the records tell. */
async function rejectionOf(entry: Entry, first: Entry, readRecord: ReadRecord): Promise<Rejection> {
  const place = identityPlace(entry.entries, entry.at);
  const original = identityPlace(first.entries, first.at);
  const same = sameContent(await readRecord(place), await readRecord(original));
  return { place, original, status: same ? 'duplicate' : 'conflict' };
}

/** Equal but for the order of keys, and for a time that nobody sent. */
const sameContent = (a: UsageRecord, b: UsageRecord): boolean =>
  a.code === b.code &&
  a.subscriptionId === b.subscriptionId &&
  a.entityId === b.entityId &&
  (a.timestamp === b.timestamp || Boolean(a.timestampAssigned ?? b.timestampAssigned)) &&
  isDeepStrictEqual(a.properties, b.properties);
