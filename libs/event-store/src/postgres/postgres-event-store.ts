import type pg from 'pg';
import { encodeAppend } from '../append-check.js';
import type { EventStore, LogPage, ReadAllOptions } from '../event-store.js';
import { followLog } from '../subscription.js';
import { WakeUp } from '../wake-up.js';
import { Appender } from './appender.js';
import { LogListener } from './log-listener.js';
import { readAll, readStream } from './reader.js';
import { Tail } from './tail.js';
import { verifyChains } from './verify.js';

export interface PostgresEventStoreOptions {
  /** For reads. The store does not end it. */
  readonly pool: pg.Pool;
  /** For the connection that appends and the one that listens. */
  readonly connectionString: string;
}

/** The log in PostgreSQL (tables: `eventStoreMigrations`). Any number of processes may append; see `Appender` and schema.ts for how. */
export function createPostgresEventStore({
  pool,
  connectionString,
}: PostgresEventStoreOptions): EventStore {
  const tail = new Tail();
  const wakeUp = new WakeUp();
  const appender = new Appender(connectionString, (events) => {
    tail.add(events);
    wakeUp.wake();
  });
  const listener = new LogListener(connectionString, () => wakeUp.wake());
  const closing = new AbortController();

  const read = async (options: ReadAllOptions): Promise<LogPage> =>
    tail.page(options) ?? (await readAll(pool, options));

  return {
    append: async (streamId, events, { expectedRevision }) =>
      appender.append(streamId, expectedRevision, encodeAppend(streamId, events)),
    readStream: (streamId, options) => readStream(pool, streamId, options),
    readAll: read,
    subscribe: ({ signal, ...options }) => {
      listener.start();
      const ended =
        signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      return followLog(read, wakeUp, { ...options, signal: ended });
    },
    head: async () => {
      const { rows } = await pool.query<{ head: string }>(
        'SELECT coalesce(max(position), 0) AS head FROM odometer.events',
      );
      return Number(rows[0]!.head);
    },
    verify: (options) => verifyChains(pool, options),
    close: async () => {
      closing.abort();
      await appender.close();
      await listener.close();
    },
  };
}
