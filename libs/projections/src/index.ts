export {
  schemaOf,
  type Projection,
  type ProjectionContext,
  type ProjectionHandler,
  type SqlClient,
} from './projection.js';
export {
  createProjectionEngine,
  RebuildFailed,
  UnknownProjection,
  type ProjectionApplied,
  type ProjectionEngine,
  type ProjectionEngineOptions,
  type ProjectionFault,
  type ProjectionRetry,
} from './engine.js';
export { POOL_SIZE_MIN, PROJECTION_LIMITS, type ProjectionLimits } from './limits.js';
export { projectionMigrations } from './migrations.js';
export type { EngineStatus, ProjectionStatus, ShardStatus } from './status.js';
