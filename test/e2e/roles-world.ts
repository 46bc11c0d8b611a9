import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { buildServer, type BuiltServer } from './build-server.js';
import { startEventLog, type EventLog } from './event-log.js';
import { OdometerProcess } from './odometer-process.js';

export const SHARDS = 4;

/**
 * Notes each move of a checkpoint, and whose connection made it. Moves of one shard wait for each other at its row, so their numbers are in the
 * order of their commits.
 */
const WITNESS = `
  CREATE TABLE public.moves (id bigserial PRIMARY KEY, name text, generation int, shard int, epoch bigint, owner text,
                      mover text, from_position bigint, to_position bigint);
  CREATE FUNCTION public.note_move() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO public.moves (name, generation, shard, epoch, owner, mover, from_position, to_position)
    VALUES (NEW.name, NEW.generation, NEW.shard, NEW.epoch, NEW.owner, current_setting('application_name'), OLD.position, NEW.position);
    RETURN NEW;
  END $$;
  CREATE TRIGGER note AFTER UPDATE OF position ON odometer.projection_shards FOR EACH ROW
  EXECUTE FUNCTION public.note_move()`;

/**
 * Moves that lead back, that do not begin where the one before ended, that come under an older epoch, or that were made by another process than
 * the one that held the shard ($1 their names, $2 their process ids). What a zombie writes may well be what its successor writes, too: only
 * who wrote it tells.
 */
const CONTRADICTIONS = `
  SELECT * FROM (
    SELECT moves.*, lag(to_position) OVER shard AS last_position, lag(epoch) OVER shard AS last_epoch
      FROM public.moves WINDOW shard AS (PARTITION BY name, generation, shard ORDER BY id)) AS each
    LEFT JOIN unnest($1::text[], $2::text[]) AS process (process_name, pid) ON process_name = mover
   WHERE to_position <= from_position OR from_position <> last_position OR epoch < last_epoch
      OR owner LIKE '%-' || pid || '-%' IS NOT TRUE`;

const LOCK = 4_711;

/** Makes the transactions that fold usage wait, in the process whose connections carry the name in `public.held_up`. */
const HOLD_UP = `
  CREATE TABLE IF NOT EXISTS public.held_up (name text);
  CREATE OR REPLACE FUNCTION public.hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF EXISTS (SELECT FROM public.held_up WHERE name = current_setting('application_name')) THEN
      PERFORM pg_advisory_xact_lock_shared(${LOCK});
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER hold_up AFTER INSERT ON rm_usage.bucket FOR EACH STATEMENT EXECUTE FUNCTION public.hold_up()`;

const WAITING = `
  SELECT count(*)::int AS waiting FROM pg_stat_activity
   WHERE datname = current_database() AND wait_event = 'advisory' AND application_name = $1`;

/** Processes with one role each, on one database, that come and go. */
export class RolesWorld {
  /** What the connections of each process are called. */
  private readonly names = new Map<OdometerProcess, string>();
  private started = 0;

  private constructor(
    private readonly built: BuiltServer,
    readonly database: TestDatabase,
    private readonly eventLog: EventLog,
  ) {}

  static async create(): Promise<RolesWorld> {
    const [built, database] = await Promise.all([buildServer(), createTestDatabase()]);
    return new RolesWorld(built, database, await startEventLog(built));
  }

  async start(roles: string): Promise<OdometerProcess> {
    const name = `odometer ${this.started++}`;
    const started = await OdometerProcess.start(this.built, {
      ...this.eventLog.environment,
      DATABASE_URL: this.database.url,
      ODOMETER_ROLES: roles,
      ODOMETER_USAGE_SHARDS: String(SHARDS),
      ODOMETER_ADMIN_KEY: 'odometer-roles-test-key',
      ODOMETER_BILLING_INTERVAL_SECONDS: '1',
      ODOMETER_MIN_POSITION_WAIT_MS: '30000',
      ODOMETER_DATABASE_POOL: '4',
      PGAPPNAME: name,
      LOG_LEVEL: 'info',
    });
    this.names.set(started, name);
    return started;
  }

  /** Notes every move of a checkpoint from now on. */
  async watch(): Promise<void> {
    await this.database.pool.query(WITNESS);
  }

  /**
   * Makes the process wait in the middle of the next transaction in which it folds usage, before it moves the checkpoint. `isHeld` tells when it
   * does; `letGo` lets it go on.
   */
  async holdUp(held: OdometerProcess): Promise<{
    readonly isHeld: () => Promise<boolean>;
    readonly letGo: () => Promise<void>;
  }> {
    const { pool } = this.database;
    const name = this.names.get(held);
    const holder = await pool.connect();
    await holder.query(HOLD_UP);
    await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await holder.query('INSERT INTO public.held_up VALUES ($1)', [name]);
    return {
      isHeld: async () => {
        const { rows } = await pool.query<{ waiting: number }>(WAITING, [name]);
        return (rows[0]?.waiting ?? 0) > 0;
      },
      letGo: async () => {
        await holder.query('DELETE FROM public.held_up');
        await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
        holder.release();
      },
    };
  }

  /** What was moved by somebody who did not hold the shard. */
  async contradictions(): Promise<readonly object[]> {
    const processes = [...this.names];
    const names = processes.map(([, name]) => name);
    const pids = processes.map(([{ pid }]) => String(pid));
    return (await this.database.pool.query<object>(CONTRADICTIONS, [names, pids])).rows;
  }

  async movesOf({ pid }: OdometerProcess): Promise<number> {
    const { rows } = await this.database.pool.query<{ count: string }>(
      `SELECT count(*) FROM public.moves WHERE owner LIKE '%-' || $1 || '-%'`,
      [pid],
    );
    return Number(rows[0]?.count);
  }

  async remove(): Promise<void> {
    for (const one of this.names.keys()) one.thaw();
    await Promise.all([...this.names.keys()].map((one) => one.stop()));
    await this.database.drop();
    await this.eventLog.stop();
    await this.built.remove();
  }
}

/** How many usage shards each of the processes works on, as `/metrics` of any process tells. */
export async function sharesOf(
  asked: OdometerProcess,
  processes: readonly OdometerProcess[],
): Promise<number[]> {
  const shares = await asked.metrics('odometer_projection_shards');
  return processes.map(({ pid }) => {
    // Each thread of a process is an owner of its own.
    const mine = [...shares].filter(
      ([labels]) => labels.includes('projection="usage"') && labels.includes(`-${pid}-`),
    );
    return mine.reduce((sum, [, count]) => sum + count, 0);
  });
}

/** Milliseconds until it is so. Fails with what it was at last. */
export async function timeUntil<T>(
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
  limitMs: number,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const value = await read();
    const passed = performance.now() - startedAt;
    if (isSo(value)) return passed;
    if (passed > limitMs) {
      throw new Error(`after ${limitMs} ms it is still ${JSON.stringify(value)}`);
    }
    await sleep(50);
  }
}
