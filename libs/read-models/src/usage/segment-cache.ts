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
/** Segments that the log is asked for at a time. */
const SEGMENTS_PER_READ = 64;

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
    const missing = positions.filter((position) => !found.has(position));
    for (let first = 0; first < missing.length; first += SEGMENTS_PER_READ) {
      const events = await this.log.readAt(missing.slice(first, first + SEGMENTS_PER_READ));
      for (const event of events) found.set(event.position, this.keep(event));
    }
    const absent = missing.find((position) => !found.has(position));
    if (absent !== undefined) throw new Error(`the log has no usage at position ${absent}`);
    return found;
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
