import type { EventStore } from '@odometer/event-store';
import type pg from 'pg';
import type { ProjectionLimits } from './limits.js';
import type { Projection } from './projection.js';

/** A shard that stopped at an event it cannot apply. It stays there until a process starts that can, or a rebuild. */
export interface ProjectionFault {
  readonly name: string;
  readonly shard: number;
  readonly target: 'live' | 'next';
  /** Position of the event that could not be applied. */
  readonly position: number;
  readonly error: Error;
}

export interface ProjectionRetry {
  /** What was tried: a shard (`balances/3`), `log`, `leases`, `swap <name>`. */
  readonly what: string;
  readonly error: unknown;
  readonly attempt: number;
  readonly delayMs: number;
}

export interface ProjectionApplied {
  readonly name: string;
  readonly shard: number;
  readonly target: 'live' | 'next';
  readonly events: number;
  readonly position: number;
  readonly durationMs: number;
}

export interface ProjectionEngineOptions {
  /** Best a pool of the engine's own: every shard with work to do uses a connection. At least POOL_SIZE_MIN. */
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly projections: readonly Projection[];
  /** Names of those whose shards this engine takes; default: all. The others it only knows: it makes their tables, waits for them, rebuilds them. */
  readonly working?: readonly string[];
  /** Names this process among all that share the database; must be unique per start. */
  readonly owner: string;
  /** Whether another owner's process is known for certain to be gone: its leases are then free at the start, not when they run out. */
  readonly isOwnerGone?: (owner: string) => boolean;
  /** Milliseconds of any steady clock; leases go by the clock of the database. */
  readonly now: () => number;
  readonly limits?: Partial<ProjectionLimits>;
  readonly onFault?: (fault: ProjectionFault) => void;
  readonly onRetry?: (retry: ProjectionRetry) => void;
  /** A shard of this engine has come further; see `ProjectionEngine.held`. */
  readonly onMoved?: () => void;
  readonly onApplied?: (applied: ProjectionApplied) => void;
  readonly onSwapped?: (projection: { readonly name: string; readonly generation: number }) => void;
}
