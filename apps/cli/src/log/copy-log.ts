import {
  UnknownOutcome,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
} from '@odometer/event-store';
import { CommandRefused } from '../failure.js';
import { runsOf, type Run } from './runs.js';

/** Attempts of one append whose outcome stays unknown. */
const APPEND_ATTEMPTS_MAX = 10;
const RETRY_DELAY_MS = 200;

export interface CopyOptions {
  readonly from: EventStore;
  readonly to: EventStore;
  /** Stops between two appends; the next run goes on from there. */
  readonly signal?: AbortSignal;
  /** Position in the source up to which everything is in the target. */
  readonly onProgress?: (position: number) => void;
}

export interface Copied {
  /** Events that were in the target already, and that were appended now. */
  readonly found: number;
  readonly appended: number;
  /** Whether the signal stopped it before the end. */
  readonly stopped: boolean;
}

/**
 * Brings into one log what another has, in the same order: streams, revisions, ids, types, versions, data, metadata and hashes. Positions
 * are the store's own. What the target has already is compared event by event first, so a copy that was interrupted is simply
 * run again, and a target with a history of its own is refused (CommandRefused). Nobody else may write to the target meanwhile.
 */
export async function copyLog({ from, to, signal, onProgress }: CopyOptions): Promise<Copied> {
  const target = eventsOf(to, await to.head());
  let found = 0;
  let appended = 0;
  for await (const { events, position } of pagesOf(from, await from.head())) {
    let known = 0;
    for (const event of events) {
      const there = (await target.next()).value;
      if (there === undefined) break;
      checkSame(event, there);
      known += 1;
    }
    found += known;
    for (const run of runsOf(events.slice(known))) {
      if (signal?.aborted === true) return { found, appended, stopped: true };
      await appendRun(to, run);
      appended += run.events.length;
      onProgress?.(run.events.at(-1)!.position);
    }
    onProgress?.(position);
  }
  const surplus = (await target.next()).value;
  if (surplus !== undefined) throw otherHistory(surplus, 'the source ends before it');
  return { found, appended, stopped: false };
}

/**
 * Reads both logs once more, compares them event by event, and recomputes the hash chains of the target. Answers the number of events
 * and streams. Throws CommandRefused at the first difference.
 */
export async function compareLogs({
  from,
  to,
  onProgress,
}: Omit<CopyOptions, 'signal'>): Promise<{ readonly events: number; readonly streams: number }> {
  const target = eventsOf(to, await to.head());
  let events = 0;
  for await (const page of pagesOf(from, await from.head())) {
    for (const event of page.events) {
      const there = (await target.next()).value;
      if (there === undefined) throw otherHistory(event, 'the target ends before it');
      checkSame(event, there);
      events += 1;
    }
    onProgress?.(page.position);
  }
  if ((await target.next()).value !== undefined) {
    throw new CommandRefused(`the target has more than the ${events} events of the source`);
  }
  const { streams, faults, events: verified } = await to.verify();
  const [fault] = faults;
  if (fault !== undefined) {
    throw new CommandRefused(`${fault.streamId} @ ${fault.revision}: ${fault.problem}`);
  }
  if (verified !== events) {
    throw new CommandRefused(`${events} events were compared, but ${verified} verified`);
  }
  return { events, streams };
}

/** The log as it is now, page by page. */
async function* pagesOf(
  store: EventStore,
  head: number,
): AsyncGenerator<{ readonly events: readonly RecordedEvent[]; readonly position: number }> {
  for (let after = 0; after < head;) {
    const { events, position } = await store.readAll({ after });
    if (position <= after) return;
    yield { events: events.filter((event) => event.position <= head), position };
    after = position;
  }
}

async function* eventsOf(
  store: EventStore,
  head: number,
): AsyncGenerator<RecordedEvent, undefined> {
  for await (const { events } of pagesOf(store, head)) yield* events;
  return undefined;
}

/** The hash covers stream, id, type, version, data, metadata and all that came before in the stream. */
function checkSame(event: RecordedEvent, there: RecordedEvent): void {
  const same =
    event.streamId === there.streamId &&
    event.revision === there.revision &&
    event.eventId === there.eventId &&
    event.hash === there.hash;
  if (!same) throw otherHistory(there, `the source has ${placeOf(event)} in its place`);
}

const placeOf = ({ streamId, revision, eventId }: RecordedEvent): string =>
  `${streamId} @ ${revision} (${eventId})`;

const otherHistory = (event: RecordedEvent, why: string): CommandRefused =>
  new CommandRefused(`the logs differ at ${placeOf(event)}: ${why}`);

/** Throws what the target refuses, with the place in the source. */
async function appendRun(to: EventStore, { streamId, events }: Run): Promise<void> {
  const first = events[0]!;
  const expectedRevision = first.revision === 0 ? 'noStream' : first.revision - 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await to.append(streamId, events.map(newEventOf), { expectedRevision });
      return;
    } catch (error) {
      if (!(error instanceof UnknownOutcome) || attempt >= APPEND_ATTEMPTS_MAX) {
        throw new CommandRefused(
          `${placeOf(first)} cannot be copied: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS * attempt));
    }
  }
}

const newEventOf = ({ eventId, type, schemaVersion, data, metadata }: RecordedEvent): NewEvent => ({
  eventId,
  type,
  schemaVersion,
  data,
  metadata,
});
