import type { Instant } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import { eventStoreMigrations, migrate } from '@odometer/event-store/postgres';
import { createIntake, kafkaMigrations, type Intake } from '@odometer/ingest';
import {
  createReadDataSource,
  createUsageQueries,
  USAGE_PROJECTION,
  type UsageQueries,
} from '@odometer/read-models';
import {
  createProjectionEngine,
  projectionMigrations,
  type Projection,
  type ProjectionEngine,
} from '@odometer/projections';
import pg from 'pg';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { Billing } from '../billing/billing.js';
import type { Config } from '../config/config.js';
import { personalKeyMigrations } from '../customers/migrations.js';
import { startEmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';
import { idempotencyMigrations } from '../http/idempotency/migrations.js';
import { connectionOptions, type DatabaseAddress } from './connection-options.js';
import { openEventLog } from './event-log.js';
import { KafkaRole } from './kafka.js';
import { isOwnerGone, ownerName } from './owner.js';
import { engineLog } from './projector/engine-log.js';
import { ENGINE_CONNECTIONS_EXTRA } from './projector/messages.js';
import { startProjectorThreads } from './projector/threads.js';
import { projectionsOf } from './projections.js';
import { usageCutOf } from './usage-cut.js';
import { Shutdown } from './shutdown.js';
import { fixUsageShards, logSettingsMigrations } from './usage-shards.js';

/** Token of the platform in Nest's container. */
export const PLATFORM = Symbol('platform');

/** What every role works with: the database, the log, the intake and the engine of the read models. */
export interface Platform {
  readonly config: Config;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly pool: pg.Pool;
  readonly store: EventStore;
  /** Straight into the log. */
  readonly intake: Intake;
  /** Null: usage that comes in over HTTP goes straight into the log. */
  readonly kafka: KafkaRole | null;
  readonly engine: ProjectionEngine;
  /** For queries of the control plane. */
  readonly readModels: DataSource;
  readonly usage: UsageQueries;
  readonly billing: Billing;
  /** Ends everything in the reverse order of its start. */
  readonly shutdown: Shutdown;
}

const ALL_MIGRATIONS = [
  ...eventStoreMigrations,
  ...projectionMigrations,
  ...idempotencyMigrations,
  ...personalKeyMigrations,
  ...logSettingsMigrations,
  ...kafkaMigrations,
];

/**
 * How long a connection is kept that nobody uses. To open one takes a busy PostgreSQL as long as dozens of answers, and whoever asks then waits for it;
 * requests that come in bursts shall find those of the burst before.
 */
const IDLE_MS = 60_000;

/** How long billing waits for the read models before it leaves the rest to its next round. */
const BILLING_WAIT_MS = 30_000;

/** Starts the database where it is ours, migrates it, and opens everything. When a step fails, what was started is stopped. */
export async function startPlatform(config: Config, log: Logger): Promise<Platform> {
  const shutdown = new Shutdown(log);
  try {
    return await open(config, log, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function open(config: Config, log: Logger, shutdown: Shutdown): Promise<Platform> {
  const url = await databaseOf(config, log, shutdown);
  await migrate(url, ALL_MIGRATIONS, { silenceMs: config.databaseTimeoutMs });
  const now = (): Instant => Date.now();
  const database = { url, timeoutMs: config.databaseTimeoutMs };
  const pool = openPool(database, config.databasePool, { log, shutdown });
  await fixUsageShards(pool, config.usageShards);
  const store = await openEventLog(config.eventLog, { pool, database, shutdown });
  const projections = projectionsOf(config.usageShards, store);
  const threads = config.projectorThreads;
  const engine = startEngine({ database, store, projections, threads, log, shutdown, now });
  const intake = createIntake({ store, shards: config.usageShards, now });
  shutdown.add('intake', () => intake.drain());
  const kafka = await KafkaRole.open({ config, log, now, pool, store, intake, shutdown });
  if (config.roles.has('projector')) await startProjecting(engine, { config, database, shutdown });
  const readModels = await openReadModels(database, shutdown);
  const usage = createUsageQueries({ pool, log: store, readCut: usageCutOf(engine) });
  const billing = new Billing({
    pool,
    store,
    usage,
    now,
    waitFor: (names, position) => engine.waitFor(names, position, BILLING_WAIT_MS),
  });
  const parts = { config, log, now, pool, store, intake, kafka, engine, readModels };
  return { ...parts, usage, billing, shutdown };
}

async function openReadModels(
  { url, timeoutMs }: DatabaseAddress,
  shutdown: Shutdown,
): Promise<DataSource> {
  const readModels = await createReadDataSource(url, { timeoutMs });
  shutdown.add('read models', () => readModels.destroy());
  return readModels;
}

async function databaseOf(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl;
  const postgres = await startEmbeddedPostgres(config.dataDirectory);
  shutdown.add('embedded PostgreSQL', () => postgres.stop());
  log.info({ directory: config.dataDirectory, adopted: postgres.adopted }, 'PostgreSQL is up');
  return postgres.url;
}

interface Surroundings {
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

function openPool(
  database: DatabaseAddress,
  max: number,
  { log, shutdown }: Surroundings,
): pg.Pool {
  const pool = new pg.Pool({ ...connectionOptions(database), max, idleTimeoutMillis: IDLE_MS });
  // An idle connection that breaks is replaced by the pool; the error must not end the process. It carries the whole client, which no log needs.
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'a database connection broke'));
  shutdown.add('connections', () => pool.end());
  return pool;
}

interface EngineParts extends Surroundings {
  readonly database: DatabaseAddress;
  readonly store: EventStore;
  readonly projections: readonly Projection[];
  /** Threads that fold usage; without any, the engine does it itself. */
  readonly threads: number;
  readonly now: () => Instant;
}

function startEngine({ database, store, projections, threads, now, ...around }: EngineParts) {
  const { log, shutdown } = around;
  const shards = projections.reduce((sum, projection) => sum + projection.shards, 0);
  const pool = openPool(database, shards + ENGINE_CONNECTIONS_EXTRA, around);
  const engine = createProjectionEngine({
    pool,
    store,
    projections,
    working: projections
      .map(({ name }) => name)
      .filter((name) => threads === 0 || name !== USAGE_PROJECTION),
    owner: ownerName(),
    isOwnerGone,
    now,
    ...engineLog(log),
  });
  shutdown.add('projections', () => engine.stop());
  return engine;
}

/** The engine comes first: it frees what gone processes held, and a thread of this process would look like one. */
async function startProjecting(
  engine: ProjectionEngine,
  { config, database, shutdown }: { config: Config; database: DatabaseAddress; shutdown: Shutdown },
): Promise<void> {
  await engine.start();
  const { projectorThreads, eventLog, usageShards, logLevel } = config;
  const task = { database, eventLog, usageShards, logLevel };
  const threads = startProjectorThreads(projectorThreads, task, engine);
  shutdown.add('projector threads', () => threads.stop());
}
