import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { EventStore } from '@odometer/event-store';
import { createEventStoreDbEventStore } from '@odometer/event-store/eventstoredb';
import { createPostgresEventStore } from '@odometer/event-store/postgres';
import type { TestDatabase } from '@odometer/testing';
import type { BuiltServer } from './build-server.js';

/** Where a server under test keeps its log. */
export interface EventLog {
  /** What the server is told. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of the double; null when there is none. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

export type StoreKind = 'postgres' | 'eventstoredb';

/** `EVENT_STORE=eventstoredb npm test -- test/e2e` runs everything on that store. */
const chosen = (): StoreKind =>
  process.env['EVENT_STORE'] === 'eventstoredb' ? 'eventstoredb' : 'postgres';

/**
 * A log for one server. In EventStoreDB it is the server that EVENTSTORE_URL names, which must be empty; without it, the double in
 * a process of its own.
 */
export async function startEventLog(
  { directory }: Pick<BuiltServer, 'directory'>,
  kind: StoreKind = chosen(),
): Promise<EventLog> {
  const environment = { EVENT_STORE: kind };
  const notOurs = { pid: null, stop: () => Promise.resolve() };
  if (kind === 'postgres') return { environment, ...notOurs };
  const given = process.env['EVENTSTORE_URL'];
  if (given !== undefined && given !== '') {
    return { environment: { ...environment, EVENTSTORE_URL: given }, ...notOurs };
  }
  const { url, ...double } = await startDouble(directory);
  return { environment: { ...environment, EVENTSTORE_URL: url }, ...double };
}

/** The log of a server under test, for a look at it around the server. */
export function openLog({ environment }: EventLog, { pool, url }: TestDatabase): EventStore {
  const { EVENTSTORE_URL: eventStoreDb } = environment;
  return eventStoreDb === undefined
    ? createPostgresEventStore({ pool, connectionString: url })
    : createEventStoreDbEventStore({ connectionString: eventStoreDb });
}

async function startDouble(
  directory: string,
): Promise<{ readonly url: string; readonly pid: number; readonly stop: () => Promise<void> }> {
  const main = path.join(directory, 'libs/testing/src/eventstoredb/main.js');
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  for await (const line of createInterface(child.stdout)) {
    const url = /EVENTSTORE_URL=(\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, pid: child.pid!, stop };
  }
  throw new Error('the double of EventStoreDB did not start');
}
