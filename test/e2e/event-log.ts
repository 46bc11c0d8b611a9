import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { BuiltServer } from './build-server.js';

/** Where a server under test keeps its log. */
export interface EventLog {
  /** What the server is told. */
  readonly environment: Readonly<Record<string, string>>;
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
  if (kind === 'postgres') return { environment, stop: () => Promise.resolve() };
  const given = process.env['EVENTSTORE_URL'];
  if (given !== undefined && given !== '') {
    return {
      environment: { ...environment, EVENTSTORE_URL: given },
      stop: () => Promise.resolve(),
    };
  }
  const double = await startDouble(directory);
  return { environment: { ...environment, EVENTSTORE_URL: double.url }, stop: double.stop };
}

async function startDouble(
  directory: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
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
    if (url !== undefined) return { url, stop };
  }
  throw new Error('the double of EventStoreDB did not start');
}
