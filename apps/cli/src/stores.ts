import type { EventStore } from '@odometer/event-store';
import { createEventStoreDbEventStore } from '@odometer/event-store/eventstoredb';
import {
  createPostgresEventStore,
  eventStoreMigrations,
  migrate,
} from '@odometer/event-store/postgres';
import pg from 'pg';
import { CommandRefused } from './failure.js';

export interface OpenStore {
  readonly store: EventStore;
  /** The address without its password. */
  readonly shown: string;
  /** Makes the tables where the store has tables. */
  readonly prepare: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const EVENTSTOREDB = ['esdb:', 'esdb+discover:', 'kurrentdb:', 'kurrentdb+discover:'];

/** Opens the log behind an address: `postgres://…` or `esdb://…`. Throws CommandRefused for any other. */
export function openStore(address: string): OpenStore {
  if (!URL.canParse(address)) throw new CommandRefused(`${address} is not the address of a store`);
  const { protocol } = new URL(address);
  if (protocol === 'postgres:' || protocol === 'postgresql:') return openPostgres(address);
  if (EVENTSTOREDB.includes(protocol)) {
    const store = createEventStoreDbEventStore({ connectionString: address });
    const prepare = (): Promise<void> => Promise.resolve();
    return { store, shown: withoutPassword(address), prepare, close: () => store.close() };
  }
  throw new CommandRefused(`${protocol}// is no store: give postgres://… or esdb://…`);
}

function openPostgres(connectionString: string): OpenStore {
  const pool = new pg.Pool({ connectionString, max: 4 });
  const store = createPostgresEventStore({ pool, connectionString });
  const close = async (): Promise<void> => {
    await store.close();
    await pool.end();
  };
  const prepare = (): Promise<void> => migrate(connectionString, eventStoreMigrations);
  return { store, shown: withoutPassword(connectionString), prepare, close };
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== '') url.password = '***';
  return url.toString();
}
