import type { RecordedEvent } from '../event-store.js';

/** The end of a stream, and which events are in it. */
export interface StreamState {
  /** Revision of the last event; -1 when there is none. */
  revision: number;
  /** Hash of the last event; empty when there is none. */
  hash: Buffer;
  /** Revision from which on all ids are known. */
  from: number;
  /** Id, as 16 bytes in a string, to revision. */
  readonly ids: Map<string, number>;
}

/** What the state of a stream weighs besides its ids. */
const STATE_WEIGHT = 4;

/** The streams this process has appended to lately, with the ids of their events. Bounded by ids; the stream used last stays. */
export class StreamStates {
  private readonly states = new Map<string, StreamState>();
  private weight = 0;

  constructor(private readonly idsMax: number) {}

  get(streamId: string): StreamState | undefined {
    const state = this.states.get(streamId);
    if (state === undefined) return undefined;
    this.states.delete(streamId);
    this.states.set(streamId, state);
    return state;
  }

  set(streamId: string, state: StreamState): void {
    this.drop(streamId);
    this.states.set(streamId, state);
    this.weight += weightOf(state);
    this.trim();
  }

  /** What was appended or found behind the end of a stream. */
  extend(streamId: string, state: StreamState, events: readonly Placed[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    for (const { eventId, revision } of events) state.ids.set(packedId(eventId), revision);
    state.revision = last.revision;
    state.hash = Buffer.from(last.hash, 'hex');
    if (this.states.get(streamId) === state) this.weight += events.length;
    this.trim();
  }

  /** Forgets the oldest ids of a stream of which only the newest matter. */
  shorten(streamId: string, state: StreamState, keep: number): void {
    const surplus = state.ids.size - 2 * keep;
    if (surplus <= 0) return;
    for (const [id, revision] of [...state.ids].slice(0, surplus + keep)) {
      state.ids.delete(id);
      state.from = revision + 1;
    }
    if (this.states.get(streamId) === state) this.weight -= surplus + keep;
  }

  drop(streamId: string): void {
    const state = this.states.get(streamId);
    if (state === undefined) return;
    this.states.delete(streamId);
    this.weight -= weightOf(state);
  }

  private trim(): void {
    for (const streamId of this.states.keys()) {
      if (this.weight <= this.idsMax || this.states.size === 1) return;
      this.drop(streamId);
    }
  }
}

type Placed = Pick<RecordedEvent, 'eventId' | 'revision' | 'hash'>;

export const newState = (from = 0): StreamState => ({
  revision: -1,
  hash: Buffer.alloc(0),
  from,
  ids: new Map(),
});

export const packedId = (eventId: string): string =>
  Buffer.from(eventId.replaceAll('-', ''), 'hex').toString('latin1');

const weightOf = ({ ids }: StreamState): number => ids.size + STATE_WEIGHT;
