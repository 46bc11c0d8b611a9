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
import type { CachedSegment, SegmentCache } from './segment-cache.js';
import { countBelow, sortEntries } from './sorted-runs/entry-order.js';
import type { SetAsideStatus } from './usage-batch.js';

/** Segments that are held unpacked while records are picked from them. */
const SEGMENTS_HELD = 64;

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

  /** How many `newestOfSubject` would find, without reading more than the pages at the two ends. */
  async countOfSubject(
    sql: SqlClient,
    { tenant, subject, from, to }: SubjectRange,
  ): Promise<number> {
    const hash = subjectHash(tenant, subject);
    const low = postingBound(hash, from);
    const high = postingBound(hash, to);
    const { rows } = await sql.query<{ entries: Buffer | null; bytes: string }>(
      `WITH page AS (
         SELECT p.run, p.first_key, p.bytes,
                p.first_key >= $1 AND lead(p.first_key) OVER (PARTITION BY p.run ORDER BY p.first_key) <= $2 AS inside
           FROM ${this.schema}.posting_run r CROSS JOIN LATERAL (
             (SELECT run, first_key, length(entries) AS bytes FROM ${this.schema}.posting_page
               WHERE run = r.id AND first_key <= $1 ORDER BY first_key DESC LIMIT 1)
             UNION ALL
             (SELECT run, first_key, length(entries) FROM ${this.schema}.posting_page
               WHERE run = r.id AND first_key > $1 AND first_key < $2)
           ) AS p WHERE r.live)
       SELECT NULL AS entries, coalesce(sum(bytes), 0) AS bytes FROM page WHERE inside
       UNION ALL
       SELECT p.entries, 0 FROM page JOIN ${this.schema}.posting_page p USING (run, first_key) WHERE inside IS NOT TRUE`,
      [low, high],
    );
    const width = POSTING_RUNS.entryBytes;
    return rows.reduce(
      (count, { entries, bytes }) =>
        entries === null
          ? count + Number(bytes) / width
          : count +
            countBelow(entries, width, high, false) -
            countBelow(entries, width, low, false),
      0,
    );
  }

  /** The records at places, in the order of the places. Of segments only a few are held at a time. */
  async at(sql: SqlClient, places: readonly Place[]): Promise<FoundRecord[]> {
    const positions = [...new Set(places.map(({ position }) => position))];
    const statuses = await this.statuses(sql, positions);
    const found: FoundRecord[] = new Array<FoundRecord>(places.length);
    for (let first = 0; first < positions.length; first += SEGMENTS_HELD) {
      const segments = await this.segments.load(positions.slice(first, first + SEGMENTS_HELD));
      for (const [i, place] of places.entries()) {
        const segment = segments.get(place.position);
        if (segment !== undefined) found[i] = recordOf(segment, place, statuses);
      }
    }
    return found;
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

function recordOf(
  { columns, receivedAt }: CachedSegment,
  place: Place,
  statuses: ReadonlyMap<string, SetAsideStatus>,
): FoundRecord {
  const key = `${place.position}/${place.index}`;
  const record = columns.record(place.index);
  if (record === undefined) throw new Error(`the log has no usage record at ${key}`);
  return { record, place, status: statuses.get(key) ?? 'accepted', receivedAt };
}

function names(record: UsageRecord, subject: string): boolean {
  return subjectOf(record) === subject || `s:${record.subscriptionId}` === subject;
}
