import { NO_STREAM } from '@eventstore/db-client';
import { encodeAppend, isMet } from '../append-check.js';
import { chainHash, saysTheSame, type EncodedEvent } from '../event-hash.js';
import {
  AppendTooLarge,
  InvalidEvent,
  PartialRetry,
  RepeatDiffers,
  RevisionConflict,
  StoreUnavailable,
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
} from '../event-store.js';
import type { Connection } from './connection.js';
import { wireBytesOf, wireEventOf } from './event-codec.js';
import { appendFailure, LostRace } from './failures.js';
import { Gate, Lanes } from './gate.js';
import { RACES_MAX, type EventStoreDbLimits } from './limits.js';
import { positionOf } from './positions.js';
import { readBack } from './read-back.js';
import { streamEvents } from './reader.js';
import { RecentIds } from './recent-ids.js';
import { newState, packedId, StreamStates, type StreamState } from './stream-states.js';

interface Append {
  readonly streamId: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
}

/**
 * Every append states the exact revision it follows, also where the caller does not care: then the server itself tells an identical
 * append from a new one, however late it arrives, and the hash of the event before is the one that was chained to. Which ids are in a
 * stream already is read from the stream, once for a process. Appends to one stream go one by one.
 */
export class Appender {
  private readonly states: StreamStates;
  private readonly recent = new RecentIds();
  private readonly lanes = new Lanes();
  private readonly gate: Gate;
  private closed = false;

  constructor(
    private readonly connection: Connection,
    private readonly limits: EventStoreDbLimits,
  ) {
    this.states = new StreamStates(limits.knownIds);
    this.gate = new Gate(limits.appendsAtOnce);
  }

  async append(
    streamId: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    if (this.closed) throw new StoreUnavailable('the event store is closed');
    const encoded = encodeAppend(streamId, events, this.limits);
    checkForServer(streamId, encoded, this.limits.appendBytes);
    const append = { streamId, expected, events: encoded };
    return this.lanes.run(streamId, () => this.gate.pass(() => this.untilDecided(append)));
  }

  /** Waits for what has been taken in. */
  async close(): Promise<void> {
    this.closed = true;
    await this.lanes.idle();
  }

  private async untilDecided(append: Append): Promise<AppendResult> {
    for (let attempt = 1; attempt <= RACES_MAX; attempt += 1) {
      const state = await this.stateFor(append, attempt > 1);
      const replayed = await this.replayed(append, state);
      if (replayed !== null) return replayed;
      try {
        if (this.meets(append, state, attempt)) return await this.write(append, state);
      } catch (error) {
        if (!(error instanceof LostRace)) throw error;
      }
    }
    throw new StoreUnavailable(
      `stream ${append.streamId}: lost the race for its end ${RACES_MAX} times`,
    );
  }

  /** False when what we know of the stream may be old. Throws RevisionConflict. */
  private meets(
    { expected, streamId }: Append,
    { revision }: StreamState,
    attempt: number,
  ): boolean {
    if (isMet(expected, revision)) return true;
    if (attempt === 1) return false;
    throw new RevisionConflict(streamId, expected, revision);
  }

  /** The first answer again, when these very events are in the stream. Throws PartialRetry and RepeatDiffers. */
  private async replayed(
    { streamId, events }: Append,
    state: StreamState,
  ): Promise<AppendResult | null> {
    const revisions = events.map(({ event }) => state.ids.get(packedId(event.eventId)));
    const [first] = revisions;
    if (revisions.every((revision) => revision === undefined)) {
      if (events.some(({ event }) => this.recent.isElsewhere(event.eventId, streamId))) {
        throw new PartialRetry(streamId);
      }
      return null;
    }
    if (first === undefined || revisions.some((revision, i) => revision !== first + i)) {
      throw new PartialRetry(streamId);
    }
    const stored = await readBack(this.connection, streamId, first, events.length);
    const { position, revision: lastRevision } = stored.at(-1)!;
    if (!events.every((event, i) => saysTheSame(event, stored[i]!)))
      throw new RepeatDiffers(streamId, first, position);
    return { firstRevision: first, lastRevision, position, replayed: true };
  }

  private async write({ streamId, events }: Append, state: StreamState): Promise<AppendResult> {
    const chain = chained(events, state);
    const wire = events.map((event, i) => wireEventOf(event, chain[i]!));
    const firstRevision = state.revision + 1;
    let position: number;
    try {
      const commit = await this.send(streamId, wire, state.revision);
      // Segments are not read back: the ids of those that two processes may append follow from all that they say.
      const isPlaced = commit !== undefined && events.length === 1 && isUsage(events);
      position = isPlaced ? positionOf(commit) : await this.confirm(streamId, chain, firstRevision);
    } catch (error) {
      if (!(error instanceof LostRace)) this.states.drop(streamId);
      throw error;
    }
    this.remember({ streamId, events }, state, chain);
    return { firstRevision, lastRevision: state.revision, position, replayed: false };
  }

  /** Answers the commit position of one of the events; which one of several is not promised. */
  private async send(
    streamId: string,
    wire: ReturnType<typeof wireEventOf>[],
    revision: number,
  ): Promise<bigint | undefined> {
    try {
      const expectedRevision = revision === -1 ? NO_STREAM : BigInt(revision);
      const { line } = this.connection;
      const sent = line.client.appendToStream(streamId, wire, { expectedRevision });
      return (await this.connection.answered(line, sent)).position?.commit;
    } catch (error) {
      throw appendFailure(streamId, error);
    }
  }

  /**
   * The position of the last event. The server looks at ids only: where another process appended the same ids just before, it answers
   * as if that had been us, although they may say something else, and another hash is what the next event follows.
   */
  private async confirm(
    streamId: string,
    chain: readonly Buffer[],
    firstRevision: number,
  ): Promise<number> {
    const stored = await readBack(this.connection, streamId, firstRevision, chain.length);
    if (stored.some(({ hash }, i) => hash !== chain[i]!.toString('hex'))) {
      this.states.drop(streamId);
      throw new LostRace(`stream ${streamId}: the same ids were appended by another process`);
    }
    return stored.at(-1)!.position;
  }

  private remember(
    { streamId, events }: Pick<Append, 'streamId' | 'events'>,
    state: StreamState,
    chain: readonly Buffer[],
  ): void {
    const first = state.revision + 1;
    this.states.extend(
      streamId,
      state,
      events.map(({ event: { eventId } }, i) => ({
        eventId,
        revision: first + i,
        hash: chain[i]!.toString('hex'),
      })),
    );
    for (const { event } of events) this.recent.add(event.eventId, streamId);
    if (isUsage(events)) this.states.shorten(streamId, state, this.limits.segmentLookBack);
  }

  private async stateFor({ streamId, events }: Append, anew: boolean): Promise<StreamState> {
    const known = this.states.get(streamId);
    if (known !== undefined && (known.from === 0 || isUsage(events))) {
      if (anew) await this.catchUp(streamId, known);
      return known;
    }
    const state = isUsage(events) ? await this.newest(streamId) : newState();
    await this.catchUp(streamId, state);
    this.states.set(streamId, state);
    return state;
  }

  private async catchUp(streamId: string, state: StreamState): Promise<void> {
    for await (const event of streamEvents(this.connection, streamId, {
      from: state.revision + 1,
    })) {
      this.states.extend(streamId, state, [event]);
    }
  }

  /** The end of a stream of segments. Older ones are not looked at: what is in them twice is counted once anyway. */
  private async newest(streamId: string): Promise<StreamState> {
    const limit = this.limits.segmentLookBack;
    const found = [];
    for await (const { eventId, revision, hash } of streamEvents(this.connection, streamId, {
      direction: 'backwards',
      limit,
    })) {
      found.unshift({ eventId, revision, hash });
    }
    const state = newState(found[0]?.revision ?? 0);
    this.states.extend(streamId, state, found);
    return state;
  }
}

const isUsage = (events: readonly EncodedEvent[]): boolean =>
  events.every(({ payload }) => payload !== null);

function chained(events: readonly EncodedEvent[], { hash, revision }: StreamState): Buffer[] {
  let previous = hash;
  return events.map(({ digest }, i) => (previous = chainHash(previous, revision + 1 + i, digest)));
}

function checkForServer(streamId: string, events: readonly EncodedEvent[], max: number): void {
  if (streamId.startsWith('$') || events.some(({ event }) => event.type.startsWith('$'))) {
    throw new InvalidEvent(`stream ${streamId}: names that begin with $ belong to the server`);
  }
  const bytes = events.reduce((sum, event) => sum + wireBytesOf(event), 0);
  if (bytes <= max) return;
  throw new AppendTooLarge(
    `stream ${streamId}: ${bytes} bytes with metadata, at most ${max} in one append`,
  );
}
