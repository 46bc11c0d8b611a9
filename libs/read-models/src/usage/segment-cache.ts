import type { UsageRecord } from '@odometer/domain';
import type { ReadLog } from './read-log.js';
import { segmentOf } from './usage-batch.js';

export interface CachedSegment {
  readonly tenant: string;
  readonly records: readonly UsageRecord[];
  readonly receivedAt: string;
}

/** Segments kept unpacked for queries, the ones used last. */
const SEGMENTS_CACHED = 256;
/** Segments fetched at a time. */
const FETCHES_AT_ONCE = 8;

/** Reads segments of the log by position. A segment never changes, so what was read stays true. */
export class SegmentCache {
  private readonly cached = new Map<number, CachedSegment>();

  constructor(private readonly log: ReadLog) {}

  async load(positions: readonly number[]): Promise<Map<number, CachedSegment>> {
    const found = new Map<number, CachedSegment>();
    for (let from = 0; from < positions.length; from += FETCHES_AT_ONCE) {
      const part = positions.slice(from, from + FETCHES_AT_ONCE);
      const segments = await Promise.all(part.map((position) => this.one(position)));
      part.forEach((position, i) => found.set(position, segments[i]!));
    }
    return found;
  }

  private async one(position: number): Promise<CachedSegment> {
    const known = this.cached.get(position);
    if (known !== undefined) {
      this.cached.delete(position);
      this.cached.set(position, known);
      return known;
    }
    const page = await this.log.readAll({ after: position - 1, limit: 1 });
    const event = page.events[0];
    if (event?.position !== position)
      throw new Error(`the log has no event at position ${position}`);
    const { tenant, recordedAt } = event.metadata;
    const segment = { tenant, records: segmentOf(event).records, receivedAt: recordedAt };
    this.cached.set(position, segment);
    const eldest = this.cached.keys().next().value;
    if (this.cached.size > SEGMENTS_CACHED && eldest !== undefined) this.cached.delete(eldest);
    return segment;
  }
}
