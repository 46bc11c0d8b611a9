import { Crew } from './crew.js';
import { Elsewhere, type HeldShard } from './elsewhere.js';
import type { ProjectionEngineOptions } from './engine-options.js';
import { pause } from './faults.js';
import { beginRebuild, ensureProjection } from './generations.js';
import { clearFaults, readProjections, releaseGone, type ProjectionRow } from './ledger.js';
import { codeOf, type Worker } from './lease-plan.js';
import { POOL_SIZE_MIN, PROJECTION_LIMITS, type ProjectionLimits } from './limits.js';
import { LogTail } from './log-tail.js';
import type { Projection } from './projection.js';
import { readStatus, type EngineStatus } from './status.js';
import { Waiting } from './waiting.js';

export interface ProjectionEngine {
  /** Creates what is missing, begins rebuilds of what has another version, and starts to work. Rejects without a database. */
  start(): Promise<void>;
  /** Ends the running transactions, stores positions, gives all leases back. */
  stop(): Promise<void>;
  /**
   * Waits until the live tables have taken in the log up to `position`; false when `timeoutMs` passed first. Works without `start`
   * as well, by looking at what other processes have stored.
   */
  waitFor(names: readonly string[] | 'all', position: number, timeoutMs: number): Promise<boolean>;
  /** Position that all shards have reached, as far as this process leases them all; null when it does not. */
  reached(name: string): number | null;
  /** The live shards that this engine works on, and how far they are: what the engine of another thread wants to hear. */
  held(): readonly HeldShard[];
  /** Takes note of what the engine of another thread of this process holds: it is then waited for as if it were held here. */
  hear(owner: string, held: readonly HeldShard[]): void;
  /** Looks for shards to take and for rebuilds at once, not only with the next tick: to be called on news of another engine. */
  look(): void;
  /** Whom to tell that a rebuild has begun, or was swapped in: engines in other threads of the process should look at once. */
  onNews(listener: () => void): void;
  status(): Promise<EngineStatus>;
  /** Rebuilds the live tables beside themselves from the whole log. Resolves when they have been swapped in. */
  rebuild(name: string): Promise<void>;
}

export class UnknownProjection extends Error {
  override readonly name = 'UnknownProjection';
}

export class RebuildFailed extends Error {
  override readonly name = 'RebuildFailed';
}

/** The machine that keeps read models up to date: see README.md. */
export function createProjectionEngine(options: ProjectionEngineOptions): ProjectionEngine {
  if ((options.pool.options.max ?? 10) < POOL_SIZE_MIN) {
    throw new RangeError(
      `the pool of a projection engine needs ${POOL_SIZE_MIN} connections or more`,
    );
  }
  return new Engine(options);
}

class Engine implements ProjectionEngine {
  private readonly limits: ProjectionLimits;
  private readonly byName: ReadonlyMap<string, Projection>;
  private readonly worker: Worker;
  private readonly waiting: Waiting;
  private readonly tail: LogTail;
  private readonly crew: Crew;
  private readonly elsewhere = new Elsewhere();
  private readonly poolError = (error: Error): void => this.retry('connection', error, 1, 0);
  private readonly listeners: (() => void)[] = [];
  /** The pause of whoever waits for a rebuild; ended by news. */
  private nap = new AbortController();
  private started = false;
  private stopped = false;

  constructor(private readonly options: ProjectionEngineOptions) {
    const { pool, store, projections, owner, now } = options;
    const limits = { ...PROJECTION_LIMITS, ...options.limits };
    this.limits = limits;
    this.byName = new Map(projections.map((projection) => [projection.name, projection]));
    for (const name of this.byName.keys()) assertName(name);
    const { working = [...this.byName.keys()] } = options;
    const taken = projections.filter(({ name }) => working.includes(name));
    this.worker = { owner, projections: new Set(taken.map(codeOf)) };
    this.tail = new LogTail({
      store,
      limits,
      onRetry: (error, attempt, delayMs) => this.retry('log', error, attempt, delayMs),
    });
    this.waiting = new Waiting({
      db: pool,
      pollMs: limits.pollMs,
      now,
      localPosition: (name, shard) => this.livePosition(name, shard),
    });
    this.crew = new Crew({
      onSwapped: (projection) => this.swapped(projection),
      engine: options,
      limits,
      worker: this.worker,
      byName: this.byName,
      source: this.tail,
      onMoved: () => this.moved(),
      onRetry: (what, error, attempt, delayMs) => this.retry(what, error, attempt, delayMs),
    });
  }

  async start(): Promise<void> {
    if (this.started) throw new Error('a projection engine starts once');
    this.started = true;
    const { pool, projections } = this.options;
    pool.on('error', this.poolError);
    for (const projection of projections) await ensureProjection(pool, projection);
    await clearFaults(pool, this.worker);
    const { isOwnerGone } = this.options;
    if (isOwnerGone) await releaseGone(pool, isOwnerGone);
    if (this.stopped) return;
    this.tail.start();
    await this.crew.start();
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.nap.abort();
    await this.crew.stop();
    await this.tail.stop();
    this.options.pool.off('error', this.poolError);
  }

  async waitFor(
    names: readonly string[] | 'all',
    position: number,
    timeoutMs: number,
  ): Promise<boolean> {
    const wanted = names === 'all' ? [...this.byName.keys()] : names;
    const goals = wanted.flatMap((name) => {
      const { shards } = this.projection(name);
      return Array.from({ length: shards }, (_, shard) => ({ name, shard }));
    });
    return this.waiting.until(goals, position, timeoutMs);
  }

  reached(name: string): number | null {
    const { shards } = this.projection(name);
    let lowest = Number.POSITIVE_INFINITY;
    for (let shard = 0; shard < shards; shard += 1) {
      const position = this.livePosition(name, shard);
      if (position === null) return null;
      lowest = Math.min(lowest, position);
    }
    return lowest;
  }

  async status(): Promise<EngineStatus> {
    const { pool, store } = this.options;
    return readStatus(pool, await store.head(), (slot) => {
      const heard = slot.target === 'live' ? this.elsewhere.position(slot.name, slot.shard) : null;
      return this.crew.positionOf(slot) ?? heard;
    });
  }

  held(): readonly HeldShard[] {
    return this.crew.held();
  }

  hear(owner: string, held: readonly HeldShard[]): void {
    this.elsewhere.hear(owner, held);
    this.waiting.moved();
  }

  async rebuild(name: string): Promise<void> {
    const generation = await beginRebuild(this.options.pool, this.projection(name));
    this.look();
    this.tellNews();
    while (!this.stopped) {
      const news = this.nap.signal;
      const row = await this.row(name);
      if (row.generation >= generation) return;
      if (row.nextGeneration !== generation) {
        throw new RebuildFailed(`the rebuild of ${name} was given up for another one`);
      }
      await this.assertNoFault(name, generation);
      await pause(this.limits.rebuildTickMs, news);
    }
    throw new RebuildFailed(`the engine stopped; the rebuild of ${name} goes on at the next start`);
  }

  look(): void {
    this.crew.poke();
    this.nap.abort();
    this.nap = new AbortController();
  }

  onNews(listener: () => void): void {
    this.listeners.push(listener);
  }

  private tellNews(): void {
    for (const listener of this.listeners) listener();
  }

  private swapped(projection: { readonly name: string; readonly generation: number }): void {
    this.options.onSwapped?.(projection);
    this.look();
    this.tellNews();
  }

  private livePosition(name: string, shard: number): number | null {
    return this.crew.livePosition(name, shard) ?? this.elsewhere.position(name, shard);
  }

  private moved(): void {
    this.waiting.moved();
    this.options.onMoved?.();
  }

  private async row(name: string): Promise<ProjectionRow> {
    const row = (await readProjections(this.options.pool)).find((found) => found.name === name);
    if (!row) throw new UnknownProjection(`no projection is called ${name}`);
    return row;
  }

  private async assertNoFault(name: string, generation: number): Promise<void> {
    const { rows } = await this.options.pool.query<{ shard: number; fault: string }>(
      `SELECT shard, fault FROM odometer.projection_shards
        WHERE name = $1 AND generation = $2 AND fault IS NOT NULL ORDER BY shard LIMIT 1`,
      [name, generation],
    );
    const [bad] = rows;
    if (bad) throw new RebuildFailed(`shard ${bad.shard} of ${name} stopped: ${bad.fault}`);
  }

  private projection(name: string): Projection {
    const projection = this.byName.get(name);
    if (!projection) throw new UnknownProjection(`no projection is called ${name}`);
    return projection;
  }

  private retry(what: string, error: unknown, attempt: number, delayMs: number): void {
    this.options.onRetry?.({ what, error, attempt, delayMs });
  }
}

/** Names become schemas, unquoted. Postgres cuts identifiers at 63 characters; `rm_` and `__next` need nine. */
const NAME_PATTERN = /^[a-z][a-z0-9_]{0,49}$/;

function assertName(name: string): void {
  if (!NAME_PATTERN.test(name) || name.includes('__')) {
    throw new RangeError(`not a name for a projection: ${name}`);
  }
}
