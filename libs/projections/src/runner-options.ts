import type { ApplyFault, BatchTarget } from './apply-batch.js';
import type { Slot } from './lease-plan.js';
import type { ProjectionLimits } from './limits.js';
import type { LogSource } from './log-tail.js';
import type { Projection } from './projection.js';

export interface AppliedBatch {
  readonly events: number;
  readonly position: number;
  readonly durationMs: number;
}

/** What works on a leased shard needs, and whom it tells. */
export interface RunnerOptions {
  readonly target: BatchTarget;
  readonly source: LogSource;
  readonly projection: Projection;
  readonly limits: ProjectionLimits;
  readonly now: () => number;
  readonly onMoved: () => void;
  readonly onApplied: (slot: Slot, batch: AppliedBatch) => void;
  readonly onRetry: (slot: Slot, error: unknown, attempt: number, delayMs: number) => void;
  /** A rebuilt shard has come to the end of the log, and has stored it: a swap may be possible now. */
  readonly onArrived: () => void;
  readonly onEnded: (slot: Slot, ending: RunnerEnding) => void;
}

/** Why a runner ended by itself. */
export type RunnerEnding =
  | { readonly kind: 'lost' }
  | { readonly kind: 'fault'; readonly error: ApplyFault; readonly position: number };
