import pg from 'pg';
import { settle, type Actor, type Happening, type Scheduler, type Settled } from './scheduler.js';
import { runOutside } from './virtual-timers.js';

/** The instant of the virtual clock's zero, for the clock of the database. */
export const DATABASE_EPOCH = Date.parse('2026-01-01T00:00:00Z');

/** How long a statement may wait for a lock when it did not say so itself: then it is taken for a deadlock. */
const DEADLOCK_MS = 5_000;

/** Real milliseconds after which a statement without an answer is looked at, as it may wait for a lock; doubled each time. */
const LOOK_MS = 6;

/** What the server would do by real time: it is done by virtual time instead. */
const REAL_TIMEOUTS = /SET LOCAL (idle_in_transaction_session_timeout|lock_timeout) = '?\w+'?/g;

export interface Statement {
  readonly text: string;
  readonly values?: unknown[] | undefined;
  readonly name?: string | undefined;
  readonly rowMode?: 'array' | undefined;
}

export type Answer = pg.QueryResult | pg.QueryResult[];

interface Physical {
  readonly client: pg.Client;
  readonly pid: number;
}

interface Waiting {
  readonly session: Session;
  readonly running: Promise<Settled<Answer>>;
  readonly answer: (settled: Settled<Answer>) => Promise<void>;
}

/** The state of one session, as the server sees it. */
export class Session {
  physical: Physical | null = null;
  open = true;
  busy = false;
  inTransaction = false;
  idleTimeoutMs = 0;
  lockTimeoutMs = 0;
  uses = 0;
  idleWatch: Happening | null = null;

  constructor(readonly actor: Actor) {}
}

/**
 * A real PostgreSQL whose time is virtual. Statements of all sessions run one after the other, as the scheduler says; one that waits for a
 * lock is left waiting while others go on. What the server does by the clock (ending idle transactions, giving up on a lock) happens by
 * the virtual one. Sessions that are closed are rolled back and their connections used again.
 */
export class SimPostgres {
  private readonly free: Physical[] = [];
  private readonly all: Physical[] = [];
  private readonly sessions = new Set<Session>();
  private waiting: Waiting[] = [];
  private watcher: Physical | null = null;

  constructor(private readonly connectionString: string) {}

  /** Runs a statement of the world's bookkeeping, outside of simulated time. */
  async inspect<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    this.watcher ??= await this.connect();
    return (await this.watcher.client.query<Row>(text, values)).rows;
  }

  async execute(
    scheduler: Scheduler,
    session: Session,
    statement: Statement,
    answer: (settled: Settled<Answer>) => Promise<void>,
  ): Promise<void> {
    if (!session.open) return answer({ error: terminated() });
    session.physical ??= this.free.pop() ?? (await this.connect());
    this.sessions.add(session);
    session.busy = true;
    session.uses += 1;
    const { client } = session.physical;
    const clock = `to_timestamp(${(DATABASE_EPOCH + scheduler.now) / 1000})`;
    const text = statement.text
      .replaceAll('clock_timestamp()', clock)
      .replace(REAL_TIMEOUTS, 'SET LOCAL $1 = 0');
    const running = settle(() =>
      runOutside(() => client.query({ ...statement, text } as pg.QueryConfig) as Promise<Answer>),
    );
    const done = async (settled: Settled<Answer>): Promise<void> => {
      session.busy = false;
      if ('value' in settled) noteState(session, statement.text);
      this.watchIdle(scheduler, session);
      await answer(settled);
    };
    const settled = await this.settledOrBlocked(session.physical, running);
    if (settled === null) this.wait(scheduler, { session, running, answer: done });
    else await done(settled);
    // Locks are given free by the end of a transaction.
    if (!session.inTransaction) await this.wakeUnblocked();
  }

  /** What becomes of a session whose client is gone. */
  async close(session: Session): Promise<void> {
    if (!session.open) return;
    session.open = false;
    this.sessions.delete(session);
    const { physical } = session;
    if (physical === null) return;
    const waiting = this.waiting.find((one) => one.session === session);
    if (waiting) {
      this.waiting = this.waiting.filter((one) => one !== waiting);
      await this.inspect('SELECT pg_cancel_backend($1)', [physical.pid]);
      await waiting.running;
    }
    if (session.inTransaction || session.busy) {
      await runOutside(() => physical.client.query('ROLLBACK'));
    }
    session.inTransaction = false;
    this.free.push(physical);
    await this.wakeUnblocked();
  }

  /** Takes back a session that has nothing open; false when there is something to roll back. */
  giveBack(session: Session): boolean {
    if (session.inTransaction || session.busy) return false;
    if (session.open && session.physical) this.free.push(session.physical);
    this.sessions.delete(session);
    session.open = false;
    return true;
  }

  /** Ends all that is still open when a world ends. */
  async abandon(): Promise<void> {
    for (const session of [...this.sessions]) await this.close(session);
  }

  async end(): Promise<void> {
    await Promise.all(this.all.map(({ client }) => client.end()));
  }

  private async connect(): Promise<Physical> {
    return runOutside(async () => {
      const client = new pg.Client({ connectionString: this.connectionString });
      await client.connect();
      // Without notices about transactions that are not open; deadlocks are found by virtual time.
      await client.query(
        `SET client_min_messages = error; SET deadlock_timeout = '1h'; SET synchronous_commit = off`,
      );
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const physical = { client, pid: rows[0]!.pid };
      this.all.push(physical);
      return physical;
    });
  }

  private async settledOrBlocked(
    physical: Physical,
    running: Promise<Settled<Answer>>,
  ): Promise<Settled<Answer> | null> {
    for (let lookMs = LOOK_MS; ; lookMs *= 2) {
      const settled = await Promise.race([running, pauseReally(lookMs)]);
      if (settled !== null) return settled;
      const [row] = await this.inspect<{ blocked: boolean }>(
        'SELECT cardinality(pg_blocking_pids($1)) > 0 AS blocked',
        [physical.pid],
      );
      if (row?.blocked) return null;
    }
  }

  private wait(scheduler: Scheduler, waiting: Waiting): void {
    const { session } = waiting;
    scheduler.note(`${session.actor.name} waits for a lock`);
    this.waiting.push(waiting);
    const limit = session.lockTimeoutMs || DEADLOCK_MS;
    const code = session.lockTimeoutMs ? '55P03' : '40P01';
    scheduler.schedule(null, limit, `${session.actor.name} waited long enough`, async () => {
      if (!this.waiting.includes(waiting)) return;
      this.waiting = this.waiting.filter((one) => one !== waiting);
      await this.inspect('SELECT pg_cancel_backend($1)', [session.physical!.pid]);
      await waiting.running;
      await waiting.answer({
        error: Object.assign(new Error('canceled while waiting for a lock'), { code }),
      });
    });
  }

  /** Statements whose locks were given free go on, in the order in which they came. */
  private async wakeUnblocked(): Promise<void> {
    if (this.waiting.length === 0) return;
    const pids = this.waiting.map(({ session }) => session.physical!.pid);
    const rows = await this.inspect<{ pid: number }>(
      'SELECT pid FROM unnest($1::integer[]) AS pid WHERE cardinality(pg_blocking_pids(pid)) > 0',
      [pids],
    );
    const blocked = new Set(rows.map(({ pid }) => pid));
    for (const waiting of [...this.waiting]) {
      const { physical } = waiting.session;
      if (!this.waiting.includes(waiting) || blocked.has(physical!.pid)) continue;
      const settled = await this.settledOrBlocked(physical!, waiting.running);
      if (settled === null) continue;
      this.waiting = this.waiting.filter((one) => one !== waiting);
      await waiting.answer(settled);
    }
  }

  /** `idle_in_transaction_session_timeout`, by virtual time. */
  private watchIdle(scheduler: Scheduler, session: Session): void {
    if (session.idleWatch) scheduler.cancel(session.idleWatch);
    session.idleWatch = null;
    if (!session.inTransaction || session.idleTimeoutMs === 0) return;
    const { uses } = session;
    session.idleWatch = scheduler.schedule(
      null,
      session.idleTimeoutMs,
      'looks at an idle transaction',
      async () => {
        const idle =
          session.open && session.inTransaction && !session.busy && session.uses === uses;
        if (!idle) return;
        scheduler.note(`the server ends an idle transaction of ${session.actor.name}`);
        await this.close(session);
      },
    );
  }
}

function noteState(session: Session, text: string): void {
  if (/^\s*BEGIN/i.test(text)) session.inTransaction = true;
  const idle = /idle_in_transaction_session_timeout = (\d+)/.exec(text);
  if (idle) session.idleTimeoutMs = Number(idle[1]);
  const lock = /lock_timeout = '?(\d+)(s?)/.exec(text);
  if (lock) session.lockTimeoutMs = Number(lock[1]) * (lock[2] ? 1_000 : 1);
  if (/\b(COMMIT|ROLLBACK)\b/.test(text)) {
    Object.assign(session, { inTransaction: false, idleTimeoutMs: 0, lockTimeoutMs: 0 });
  }
}

/** As `pg` says it of a connection that is gone. */
export const terminated = (): Error => new Error('Connection terminated unexpectedly');

const realTimeout = setTimeout;
const pauseReally = (ms: number): Promise<null> =>
  new Promise((resolve) => realTimeout(() => resolve(null), ms));
