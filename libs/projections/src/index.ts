export {
  schemaOf,
  sendTo,
  type Projection,
  type ProjectionContext,
  type ProjectionHandler,
  type SqlClient,
} from './projection.js';
export {
  createProjectionEngine,
  RebuildFailed,
  UnknownProjection,
  type ProjectionEngine,
} from './engine.js';
export type { HeldShard } from './elsewhere.js';
export type {
  ProjectionApplied,
  ProjectionEngineOptions,
  ProjectionFault,
  ProjectionRetry,
} from './engine-options.js';
export { POOL_SIZE_MIN, PROJECTION_LIMITS, type ProjectionLimits } from './limits.js';
export { projectionMigrations } from './migrations.js';
export type { EngineStatus, ProjectionStatus, ShardStatus } from './status.js';
