import type { RecordedEvent, UsageColumns } from '@odometer/event-store';
import type { ReadLog } from './read-log.js';
import { segmentOf } from './usage-batch.js';

export interface CachedSegment {
  readonly tenant: string;
  readonly columns: UsageColumns;
  readonly receivedAt: string;
  /** Who sent or did it, and why; null where the log does not say. */
  readonly actor: string | null;
  readonly reason: string | null;
}

/** Segments kept unpacked for queries, the ones used last. */
const SEGMENTS_CACHED = 256;
/** Single segments fetched at a time. */
const FETCHES_AT_ONCE = 8;
/** Events of one page where wanted segments lie close together, as those of single posts do. */
const PAGE_EVENTS = 256;
/** Wanted segments in the reach of a page that make it cheaper than fetching them one by one. */
const WORTH_A_PAGE = 8;

/** Reads segments of the log by position. A segment never changes, so what was read stays true. */
export class SegmentCache {
  private readonly cached = new Map<number, CachedSegment>();

  constructor(
    private readonly log: ReadLog,
    private readonly size = SEGMENTS_CACHED,
  ) {}

  /** Throws when the log has no usage at one of the positions. */
  async load(positions: readonly number[]): Promise<Map<number, CachedSegment>> {
    const found = new Map<number, CachedSegment>();
    for (const position of positions) {
      const known = this.touch(position);
      if (known !== undefined) found.set(position, known);
    }
    let missing = positions.filter((position) => !found.has(position)).sort((a, b) => a - b);
    while (missing.length > 0) missing = await this.fetchSome(missing, found);
    return found;
  }

  /** Fetches the first of the missing segments, and whatever comes with it; answers what is missing still. */
  private async fetchSome(
    missing: readonly number[],
    found: Map<number, CachedSegment>,
  ): Promise<number[]> {
    const first = missing[0]!;
    const near = missing.filter((position) => position < first + PAGE_EVENTS);
    const events =
      near.length >= WORTH_A_PAGE
        ? (await this.log.readAll({ after: first - 1, limit: near.at(-1)! - first + 1 })).events
        : await this.singles(missing.slice(0, FETCHES_AT_ONCE));
    const wanted = new Set(missing);
    for (const event of events) {
      if (wanted.has(event.position)) found.set(event.position, this.keep(event));
    }
    if (!found.has(first)) throw new Error(`the log has no usage at position ${first}`);
    return missing.filter((position) => !found.has(position));
  }

  private async singles(positions: readonly number[]): Promise<RecordedEvent[]> {
    const pages = positions.map((position) => this.log.readAll({ after: position - 1, limit: 1 }));
    return (await Promise.all(pages)).flatMap(({ events }) => events);
  }

  private touch(position: number): CachedSegment | undefined {
    const known = this.cached.get(position);
    if (known === undefined) return undefined;
    this.cached.delete(position);
    this.cached.set(position, known);
    return known;
  }

  private keep(event: RecordedEvent): CachedSegment {
    const { tenant, recordedAt, actor = null, reason = null } = event.metadata;
    const columns = segmentOf(event);
    const segment = { tenant, columns, receivedAt: recordedAt, actor, reason };
    this.cached.set(event.position, segment);
    const eldest = this.cached.keys().next().value;
    if (this.cached.size > this.size && eldest !== undefined) this.cached.delete(eldest);
    return segment;
  }
}
