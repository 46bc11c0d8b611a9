import { setTimeout as sleep } from 'node:timers/promises';
import {
  StoreUnavailable,
  type EventStore,
  type LogPage,
  type ReadAllOptions,
} from '../event-store.js';
import { RECONNECT_DELAY_MS, RECONNECT_DELAY_MS_MAX } from '../limits.js';
import { Appender } from './appender.js';
import { openConnection, type Connection } from './connection.js';
import { EVENTSTOREDB_LIMITS, type EventStoreDbLimits } from './limits.js';
import { LiveLog } from './live.js';
import { readAt, readHead, readPage, readStream } from './reader.js';
import { verifyChains } from './verify.js';

export interface EventStoreDbOptions {
  /** `esdb://user:password@host:2113?tls=true`, or `esdb+discover://` for a cluster. With its credentials. */
  readonly connectionString: string;
  readonly limits?: Partial<EventStoreDbLimits>;
}

/**
 * The log in EventStoreDB or KurrentDB, which keeps it for Odometer alone. Connects when first needed. A process has one of these: the
 * client keeps the appends of all its connections in one place.
 */
export function createEventStoreDbEventStore({
  connectionString,
  limits: given,
}: EventStoreDbOptions): EventStore {
  const limits = { ...EVENTSTOREDB_LIMITS, ...given };
  const connection = openConnection(connectionString, limits.answerTimeoutMs);
  const appender = new Appender(connection, limits);
  const closing = new AbortController();
  return {
    append: (streamId, events, { expectedRevision }) =>
      appender.append(streamId, events, expectedRevision),
    readStream: (streamId, options) => readStream(connection, streamId, options),
    readStreams: (starts) =>
      Promise.all(
        starts.map(({ streamId, from = 0 }) => readStream(connection, streamId, { from })),
      ),
    readAll: (options) => readPage(connection, options),
    readAt: (positions) => readAt(connection, positions),
    subscribe: ({ signal, ...options }) =>
      follow(
        connection,
        options,
        signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      ),
    head: () => readHead(connection),
    verify: (options) => verifyChains(connection, options),
    close: async () => {
      closing.abort();
      await appender.close();
      await connection.close();
    },
  };
}

/** A dropped subscription goes on where it was. The first time it cannot begin, and when it drops again without a page, it throws. */
async function* follow(
  connection: Connection,
  options: ReadAllOptions,
  signal: AbortSignal,
): AsyncGenerator<LogPage> {
  let after = options.after;
  let failures = 0;
  if (after % 2 === 1 && !signal.aborted) {
    // Just before an event is no place that the server can go on from.
    const page = await readPage(connection, options);
    if (page.position > after) yield page;
    after = page.position;
  }
  while (!signal.aborted) {
    try {
      const head = await readHead(connection);
      const live = new LiveLog(connection, { ...options, after }, { head, signal });
      for await (const page of live.pages()) {
        after = page.position;
        failures = 0;
        yield page;
      }
    } catch (error) {
      failures += 1;
      if (!(error instanceof StoreUnavailable) || failures > RESUMES_MAX) throw error;
      const ms = Math.min(RECONNECT_DELAY_MS * 2 ** (failures - 1), RECONNECT_DELAY_MS_MAX);
      await sleep(ms, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Attempts to go on without a page in between before the owner of the subscription hears of it. */
const RESUMES_MAX = 5;
