import type { EventStore } from '@odometer/event-store';
import { createPostgresEventStore } from '@odometer/event-store/postgres';
import pg from 'pg';
import { CommandRefused } from './failure.js';

export interface OpenStore {
  readonly store: EventStore;
  /** The address without its password. */
  readonly shown: string;
  readonly close: () => Promise<void>;
}

/** Opens the log behind an address: `postgres://…`. Throws CommandRefused for any other. */
export function openStore(address: string): OpenStore {
  if (!URL.canParse(address)) throw new CommandRefused(`${address} is not the address of a store`);
  const { protocol } = new URL(address);
  if (protocol === 'postgres:' || protocol === 'postgresql:') return openPostgres(address);
  throw new CommandRefused(`${protocol}// is no store: give postgres://… or esdb://…`);
}

function openPostgres(connectionString: string): OpenStore {
  const pool = new pg.Pool({ connectionString, max: 4 });
  const store = createPostgresEventStore({ pool, connectionString });
  const close = async (): Promise<void> => {
    await store.close();
    await pool.end();
  };
  return { store, shown: withoutPassword(connectionString), close };
}

export function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== '') url.password = '***';
  return url.toString();
}
