import type pg from 'pg';
import { encodeAppend } from '../append-check.js';
import type { EventStore, LogPage, ReadAllOptions } from '../event-store.js';
import {
  ANSWER_TIMEOUT_MS,
  APPEND_BYTES_MAX,
  APPEND_EVENTS_MAX,
  CONNECT_ATTEMPTS_MAX,
  POLL_INTERVAL_MS,
  TAIL_BYTES_MAX,
} from '../limits.js';
import { LogHead } from '../log-head.js';
import { followLog } from '../subscription.js';
import { AppendConnection, type ConnectionLimits } from './append-connection.js';
import { Appender, APPENDER_LIMITS, type AppenderLimits } from './appender.js';
import { LogListener } from './log-listener.js';
import { readAll, readAt, readHead, readStream, readStreams } from './reader.js';
import { Tail } from './tail.js';
import { verifyChains } from './verify.js';

/** Every limit of the store; see limits.ts for what each means. */
export interface PostgresEventStoreLimits extends AppenderLimits, ConnectionLimits {
  readonly appendBytes: number;
  readonly appendEvents: number;
  readonly tailBytes: number;
  readonly pollIntervalMs: number;
}

export const POSTGRES_EVENT_STORE_LIMITS: PostgresEventStoreLimits = {
  ...APPENDER_LIMITS,
  appendBytes: APPEND_BYTES_MAX,
  appendEvents: APPEND_EVENTS_MAX,
  answerTimeoutMs: ANSWER_TIMEOUT_MS,
  connectAttempts: CONNECT_ATTEMPTS_MAX,
  tailBytes: TAIL_BYTES_MAX,
  pollIntervalMs: POLL_INTERVAL_MS,
};

export interface PostgresEventStoreOptions {
  /** For reads. The store does not end it. */
  readonly pool: pg.Pool;
  /** For the connection that appends and the one that listens. */
  readonly connectionString: string;
  readonly limits?: Partial<PostgresEventStoreLimits>;
}

/**
 * The log in PostgreSQL (tables: `eventStoreMigrations`). Any number of processes may append at once; see append-function.ts for why
 * readers miss nothing. Connections are made when first needed.
 */
export function createPostgresEventStore({
  pool,
  connectionString,
  limits: given,
}: PostgresEventStoreOptions): EventStore {
  const limits = { ...POSTGRES_EVENT_STORE_LIMITS, ...given };
  const tail = new Tail(limits.tailBytes);
  const head = new LogHead(() => readHead(pool));
  const connection = new AppendConnection(connectionString, limits);
  const appender = new Appender(
    connection,
    (events) => {
      tail.add(events);
      head.advance(events.at(-1)?.event.position ?? 0);
    },
    limits,
  );
  // The server may notify of our own commit before it answers it. Whoever woke then would not find it in the tail yet.
  const listener = new LogListener(
    connectionString,
    (position) => {
      void appender.whenAnswered().then(() => head.advance(position));
    },
    limits.answerTimeoutMs,
  );
  const closing = new AbortController();

  const read = async (options: ReadAllOptions): Promise<LogPage> =>
    tail.page(options) ?? (await readAll(pool, options));

  return {
    append: async (streamId, events, { expectedRevision }) =>
      appender.append(streamId, expectedRevision, encodeAppend(streamId, events, limits)),
    readStream: (streamId, options) => readStream(pool, streamId, options),
    readStreams: (starts) => readStreams(pool, starts),
    readAll: read,
    readAt: (positions) => readAt(pool, positions),
    subscribe: ({ signal, ...options }) => {
      listener.start();
      return followLog(
        { readAll: read, head, pollIntervalMs: limits.pollIntervalMs },
        options,
        signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      );
    },
    head: () => readHead(pool),
    verify: (options) => verifyChains(pool, options),
    close: async () => {
      closing.abort();
      await appender.close();
      await listener.close();
    },
  };
}
