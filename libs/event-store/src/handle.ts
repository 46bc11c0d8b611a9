import { randomUUID } from 'node:crypto';
import { fold, toIso, type Decider, type Instant, type JsonObject } from '@odometer/domain';
import { v5 as uuidv5 } from 'uuid';
import {
  PartialRetry,
  RepeatDiffers,
  RevisionConflict,
  UnknownOutcome,
  type EventMetadata,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
} from './event-store.js';
import { currentVersionOf, readDomainEvent } from './upcasting.js';

/** Fixed namespace of the event ids that are derived from command ids. */
const COMMAND_NAMESPACE = '3f1d6c55-6d0a-4d7e-9f0a-2f6f6d0e4b11';

/** Attempts of one command before a lost race or an unknown outcome is given up and reported. */
export const HANDLE_ATTEMPTS_MAX = 10;

const RETRY_DELAY_MS_MAX = 1_000;

export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

export interface HandleOptions {
  readonly streamId: string;
  readonly tenant: string;
  readonly now: Instant;
  readonly actor?: string;
  readonly reason?: string;
  /** What the command is, if it may be sent again: the same id a second time is quiet and answers the same. */
  readonly commandId?: string;
}

export interface Handled<State, Event> {
  /** Position of the stream's last event; 0 when the stream is empty and nothing happened. */
  readonly position: number;
  /** Revision of the stream's last event; -1 when it is empty. */
  readonly revision: number;
  /** What was appended: empty when the decision was that nothing happens. */
  readonly events: readonly Event[];
  readonly state: State;
}

/**
 * Reads a stream, folds it, decides, and appends what was decided at exactly the revision it was decided on. A lost race is decided
 * anew, an unknown outcome is retried with the identical append, both HANDLE_ATTEMPTS_MAX times at most. Throws what `decide`
 * throws (RuleBroken), and RevisionConflict or UnknownOutcome when the attempts are used up.
 */
export async function handle<State, Command, Event extends DomainEvent>(
  store: EventStore,
  decider: Decider<State, Command, Event>,
  command: Command,
  options: HandleOptions,
): Promise<Handled<State, Event>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(store, decider, command, options);
    } catch (error) {
      if (!isLostRace(error, options) || attempt >= HANDLE_ATTEMPTS_MAX) throw error;
    }
  }
}

/** Known ids mean that the same command, sent twice, decided differently here: reading anew shows that it has been handled. */
const isLostRace = (error: unknown, { commandId }: HandleOptions): boolean =>
  error instanceof RevisionConflict ||
  (commandId !== undefined && (error instanceof PartialRetry || error instanceof RepeatDiffers));

async function attemptOnce<State, Command, Event extends DomainEvent>(
  store: EventStore,
  decider: Decider<State, Command, Event>,
  command: Command,
  options: HandleOptions,
): Promise<Handled<State, Event>> {
  const history = await store.readStream(options.streamId);
  const last = history.at(-1);
  const state = fold(
    decider,
    history.map((event) => readDomainEvent(event) as unknown as Event),
  );
  const events = wasHandled(history, options) ? [] : decider.decide(command, state);
  if (events.length === 0) {
    return { position: last?.position ?? 0, revision: last?.revision ?? -1, events: [], state };
  }
  const fresh = newEventsOf(events, options);
  const result = await appendSurely(store, options.streamId, fresh, last?.revision ?? 'noStream');
  const after = events.reduce((folded, event) => decider.evolve(folded, event), state);
  return { position: result.position, revision: result.lastRevision, events, state: after };
}

function wasHandled(history: readonly RecordedEvent[], options: HandleOptions): boolean {
  if (options.commandId === undefined) return false;
  const first = eventIdOf(options, 0);
  return history.some(({ eventId }) => eventId === first);
}

function newEventsOf(events: readonly DomainEvent[], options: HandleOptions): NewEvent[] {
  const metadata = metadataOf(options);
  return events.map((event, i) => ({
    eventId: eventIdOf(options, i),
    type: event.type,
    schemaVersion: currentVersionOf(event.type),
    data: event.data as JsonObject,
    metadata,
  }));
}

async function appendSurely(
  store: EventStore,
  streamId: string,
  events: readonly NewEvent[],
  expectedRevision: number | 'noStream',
): ReturnType<EventStore['append']> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.append(streamId, events, { expectedRevision });
    } catch (error) {
      if (!(error instanceof UnknownOutcome) || attempt >= HANDLE_ATTEMPTS_MAX) throw error;
      await new Promise((resolve) =>
        setTimeout(resolve, Math.min(20 * 2 ** attempt, RETRY_DELAY_MS_MAX)),
      );
    }
  }
}

const eventIdOf = ({ commandId, streamId }: HandleOptions, index: number): string =>
  commandId === undefined
    ? randomUUID()
    : uuidv5(`${commandId}\0${streamId}\0${index}`, COMMAND_NAMESPACE);

function metadataOf({ tenant, now, actor, reason, commandId }: HandleOptions): EventMetadata {
  return {
    tenant,
    recordedAt: toIso(now),
    ...(actor === undefined ? {} : { actor }),
    ...(reason === undefined ? {} : { reason }),
    ...(commandId === undefined ? {} : { causationId: commandId }),
  };
}
