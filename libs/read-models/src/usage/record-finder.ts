import { subjectOf, type Instant, type UsageRecord } from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import {
  postingBound,
  postingPlace,
  postingTimestamp,
  subjectHash,
  type Place,
} from './identity.js';
import { POSTING_RUNS } from './run-formats.js';
import type { SegmentCache } from './segment-cache.js';
import { countBelow, sortEntries } from './sorted-runs/entry-order.js';
import type { SetAsideStatus } from './usage-batch.js';

export interface FoundRecord {
  readonly record: UsageRecord;
  readonly place: Place;
  /** Accepted: it counts. */
  readonly status: 'accepted' | SetAsideStatus;
  /** ISO 8601. */
  readonly receivedAt: string;
}

export interface SubjectRange {
  readonly tenant: string;
  /** As `subjectOf` gives it: `c:` and the customer's id, or `s:` and the subscription's. */
  readonly subject: string;
  readonly from: Instant;
  readonly to: Instant;
}

export interface PostedPlace {
  readonly place: Place;
  readonly timestamp: Instant;
}

/** Finds raw records: their places from the postings, the records from their segments in the log. */
export class RecordFinder {
  constructor(
    private readonly schema: string,
    private readonly segments: SegmentCache,
  ) {}

  /** All records of a subject in `[from, to)`, oldest first. */
  async ofSubject(sql: SqlClient, range: SubjectRange): Promise<FoundRecord[]> {
    const found = await this.at(sql, await this.placesOfSubject(sql, range));
    // Two subjects may share the 8 bytes of hash: the records say which is which.
    return found.filter(({ record }) => names(record, range.subject));
  }

  /** Where those records lie, oldest first; with them those of another subject of the same hash, should there be one. */
  async placesOfSubject(sql: SqlClient, range: SubjectRange): Promise<Place[]> {
    const entries = await this.postings(sql, range);
    const places: Place[] = [];
    for (let at = 0; at < entries.length; at += POSTING_RUNS.entryBytes)
      places.push(postingPlace(entries, at));
    return places;
  }

  /** Postings of a subject in `[from, to)`, sorted by time, then place. */
  async postings(sql: SqlClient, { tenant, subject, from, to }: SubjectRange): Promise<Buffer> {
    const hash = subjectHash(tenant, subject);
    const low = postingBound(hash, from);
    const high = postingBound(hash, to);
    const { rows } = await sql.query<{ entries: Buffer }>(
      `SELECT p.entries FROM ${this.schema}.posting_run r CROSS JOIN LATERAL (
         (SELECT entries FROM ${this.schema}.posting_page
           WHERE run = r.id AND first_key <= $1 ORDER BY first_key DESC LIMIT 1)
         UNION ALL
         (SELECT entries FROM ${this.schema}.posting_page
           WHERE run = r.id AND first_key > $1 AND first_key < $2)
       ) AS p WHERE r.live`,
      [low, high],
    );
    const width = POSTING_RUNS.entryBytes;
    const parts = rows.map(({ entries }) =>
      entries.subarray(
        countBelow(entries, width, low, false) * width,
        countBelow(entries, width, high, false) * width,
      ),
    );
    return sortEntries(Buffer.concat(parts), width);
  }

  /**
   * The newest `limit` places of a subject in `[from, to)` that lie before a place at `to`, newest first by time, then place.
   */
  async newestOfSubject(
    sql: SqlClient,
    range: SubjectRange,
    limit: number,
    before?: Place,
  ): Promise<PostedPlace[]> {
    const hash = subjectHash(range.tenant, range.subject);
    const low = postingBound(hash, range.from);
    const high = postingBound(hash, range.to, before);
    const width = POSTING_RUNS.entryBytes;
    // Pages are full but for the last of a run, so this many hold enough of every run.
    const pages = Math.ceil(limit / POSTING_RUNS.pageEntries) + 2;
    const { rows } = await sql.query<{ entries: Buffer }>(
      `SELECT p.entries FROM ${this.schema}.posting_run r CROSS JOIN LATERAL (
         SELECT entries FROM ${this.schema}.posting_page
          WHERE run = r.id AND first_key < $1 ORDER BY first_key DESC LIMIT $2
       ) AS p WHERE r.live`,
      [high, pages],
    );
    const parts = rows.map(({ entries }) =>
      entries.subarray(
        countBelow(entries, width, low, false) * width,
        countBelow(entries, width, high, false) * width,
      ),
    );
    const sorted = sortEntries(Buffer.concat(parts), width);
    const newest: PostedPlace[] = [];
    for (let at = sorted.length - width; at >= 0 && newest.length < limit; at -= width) {
      newest.push({ place: postingPlace(sorted, at), timestamp: postingTimestamp(sorted, at) });
    }
    return newest;
  }

  /** The records at places, in the order of the places. */
  async at(sql: SqlClient, places: readonly Place[]): Promise<FoundRecord[]> {
    const positions = [...new Set(places.map(({ position }) => position))];
    const segments = await this.segments.load(positions);
    const statuses = await this.statuses(sql, positions);
    return places.map((place) => {
      const segment = segments.get(place.position);
      const record = segment?.records[place.index];
      if (segment === undefined || record === undefined) {
        throw new Error(`the log has no usage record ${place.index} at position ${place.position}`);
      }
      const status = statuses.get(`${place.position}/${place.index}`) ?? 'accepted';
      return { record, place, status, receivedAt: segment.receivedAt };
    });
  }

  private async statuses(
    sql: SqlClient,
    positions: readonly number[],
  ): Promise<Map<string, SetAsideStatus>> {
    if (positions.length === 0) return new Map();
    const { rows } = await sql.query<{ position: string; index: number; status: SetAsideStatus }>(
      `SELECT position, index, status FROM ${this.schema}.set_aside WHERE position = ANY($1::bigint[])`,
      [positions],
    );
    return new Map(rows.map(({ position, index, status }) => [`${position}/${index}`, status]));
  }
}

function names(record: UsageRecord, subject: string): boolean {
  return subjectOf(record) === subject || `s:${record.subscriptionId}` === subject;
}
