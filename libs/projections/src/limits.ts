/** Every limit of the engine; `ProjectionEngineOptions.limits` overrides single ones. */
export interface ProjectionLimits {
  /** How long a lease lasts without renewal: the longest that a shard of a dead process stands still. */
  readonly leaseMs: number;
  /** How often leases are renewed, taken and balanced. Well below `leaseMs`. */
  readonly tickMs: number;
  /** Events that are read, and applied, at a time. */
  readonly batchEvents: number;
  /** Payload bytes that are applied at a time; a single larger event goes alone. */
  readonly batchBytes: number;
  /** Payload bytes of one transaction of a shard that is behind the kept tail of the log, which takes several pages … */
  readonly behindBytes: number;
  /** … and how long it goes on taking them. At the tail, what is applied at a time is a transaction. */
  readonly behindMs: number;
  /** How far a shard without events of its own may get ahead of its stored checkpoint, in positions … */
  readonly idlePositions: number;
  /** … and in time; … */
  readonly idleMs: number;
  /** … a rebuilt one less, because a swap waits for it. */
  readonly idleMsRebuilt: number;
  /** Payload bytes of the newest part of the log that a process keeps for its shards. */
  readonly tailBytes: number;
  /** Longest rest of a shard that has caught up, after a transaction; it never rests longer than it worked. */
  readonly restMsMax: number;
  /** First and longest pause before something that failed for want of a connection is tried again. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
  /** How often a process looks at the checkpoints of shards that another one leases. */
  readonly pollMs: number;
  /** A rebuild tries to swap when every shard is at most this many positions behind the head of the log … */
  readonly swapLag: number;
  /** … and holds the live shards still for the final catch-up at most this long. */
  readonly swapMs: number;
  /** Time that the live shards have for themselves before the next attempt. */
  readonly swapPauseMs: number;
  /** How often a process looks whether a rebuild can be swapped in, beside the moments when one of its own shards arrives. */
  readonly rebuildTickMs: number;
}

export const PROJECTION_LIMITS: ProjectionLimits = {
  leaseMs: 10_000,
  tickMs: 2_000,
  batchEvents: 2_000,
  batchBytes: 8 * 1024 * 1024,
  behindBytes: 16 * 1024 * 1024,
  behindMs: 3_000,
  idlePositions: 1_000,
  idleMs: 1_000,
  idleMsRebuilt: 100,
  tailBytes: 6 * 1024 * 1024,
  restMsMax: 20,
  retryMsMin: 50,
  retryMsMax: 5_000,
  pollMs: 20,
  swapLag: 100,
  swapMs: 1_000,
  swapPauseMs: 5_000,
  rebuildTickMs: 500,
};

/** Connections of the pool that no shard may hold: one for leases and status, one for the swap of a rebuild. */
export const RESERVED_CONNECTIONS = 2;

/** The smallest pool the engine works with: the reserved ones, one for live shards, one for a rebuild. */
export const POOL_SIZE_MIN = 4;
