import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { packed, recordOf, sizeOf, type Record, type WireEvent } from './records.js';
import { RecentIds } from './recent-ids.js';

export type Expected = 'any' | 'no_stream' | 'stream_exists' | bigint;

export type AppendAnswer =
  | { readonly kind: 'done'; readonly revision: number; readonly position: bigint }
  | { readonly kind: 'conflict'; readonly current: number }
  | { readonly kind: 'too large' };

export interface DoubleLimits {
  /** Bytes of one append. */
  readonly maxAppendBytes: number;
  /** Ids that an append to `any` revision is compared with. */
  readonly recentIds: number;
}

/**
 * The server's log on the in-memory store. Event ids of the protocol are not those of the store behind it: the server lets an id
 * occur twice where it does not look for it.
 */
export class DoubleLog {
  readonly store: EventStore = createInMemoryEventStore();
  private readonly recent: RecentIds;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly limits: DoubleLimits) {
    this.recent = new RecentIds(limits.recentIds);
  }

  get maxAppendBytes(): number {
    return this.limits.maxAppendBytes;
  }

  /** One append after the other, as one writer thread does. */
  append(
    streamId: string,
    events: readonly WireEvent[],
    expected: Expected,
  ): Promise<AppendAnswer> {
    const answer = this.last.then(() => this.write(streamId, events, expected));
    this.last = answer.catch(() => undefined);
    return answer;
  }

  async stream(
    streamId: string,
    options?: Parameters<EventStore['readStream']>[1],
  ): Promise<readonly Record[]> {
    return (await this.store.readStream(streamId, options)).map(recordOf);
  }

  private async write(
    streamId: string,
    events: readonly WireEvent[],
    expected: Expected,
  ): Promise<AppendAnswer> {
    const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
    if (bytes > this.limits.maxAppendBytes) return { kind: 'too large' };
    const [last] = await this.stream(streamId, { direction: 'backwards', limit: 1 });
    const current = last?.revision ?? -1;
    const before = await this.known(streamId, events, { expected, current });
    if (before !== 'new') return before;
    await this.store.append(streamId, events.map(storedOf), { expectedRevision: 'any' });
    const [written] = await this.stream(streamId, { direction: 'backwards', limit: 1 });
    if (written === undefined) throw new Error(`stream ${streamId} is empty after an append`);
    const first = current + 1;
    events.forEach(({ id }, i) => this.recent.add(streamId, id, first + i));
    return { kind: 'done', revision: written.revision, position: written.position };
  }

  /** Whether the append may happen, has happened, or conflicts. */
  private async known(
    streamId: string,
    events: readonly WireEvent[],
    { expected, current }: { readonly expected: Expected; readonly current: number },
  ): Promise<AppendAnswer | 'new'> {
    if (expected === 'stream_exists' && current === -1) return { kind: 'conflict', current };
    if (expected === 'any' || expected === 'stream_exists') {
      return this.weaklyKnown(streamId, events, current);
    }
    return this.stronglyKnown(streamId, events, {
      revision: expected === 'no_stream' ? -1 : Number(expected),
      current,
    });
  }

  /** What follows the stated revision is compared, however old it is. */
  private async stronglyKnown(
    streamId: string,
    events: readonly WireEvent[],
    { revision, current }: { readonly revision: number; readonly current: number },
  ): Promise<AppendAnswer | 'new'> {
    if (revision === current) return 'new';
    if (revision > current) return { kind: 'conflict', current };
    const at = await this.stream(streamId, { from: revision + 1, limit: events.length });
    const same = at.length === events.length && at.every(({ id }, i) => id === events[i]?.id);
    const last = at.at(-1);
    if (!same || last === undefined) return { kind: 'conflict', current };
    return { kind: 'done', revision: last.revision, position: last.position };
  }

  /** Only ids of late are remembered. An append of which some are known and others not is answered like a conflict. */
  private async weaklyKnown(
    streamId: string,
    events: readonly WireEvent[],
    current: number,
  ): Promise<AppendAnswer | 'new'> {
    const revisions = events.map(({ id }) => this.recent.revisionOf(streamId, id));
    const [first] = revisions;
    if (first === undefined) return 'new';
    if (revisions.some((revision, i) => revision !== first + i))
      return { kind: 'conflict', current };
    const [last] = await this.stream(streamId, { from: first + events.length - 1, limit: 1 });
    if (last === undefined) return 'new';
    return { kind: 'done', revision: last.revision, position: last.position };
  }
}

const storedOf = (event: WireEvent): NewEvent => ({
  eventId: randomUUID(),
  type: event.type,
  schemaVersion: 1,
  data: packed(event),
  metadata: { tenant: 'eventstoredb', recordedAt: new Date().toISOString() },
});
