export { decompress, BodyTooLarge, ENCODINGS, UnknownEncoding } from './body/decompress.js';
export { MalformedBody, parseExactJson, type ParsedBody } from './body/exact-json.js';
export type { Origin } from './intake/append-segment.js';
export {
  createIntake,
  type AcceptedBatch,
  type AcceptedOne,
  type Batch,
  type Intake,
  type IntakeOptions,
  type IntakeStats,
} from './intake/intake.js';
export { IntakeClosed, IntakeFull, OutcomeUnknown } from './intake/outcome.js';
export * as intakeLimits from './limits.js';
export type { IntakeLimits } from './limits.js';
export {
  InvalidBody,
  readBatch,
  readOne,
  type ReadBatch,
  type ReadBatchOptions,
} from './record/read-batch.js';
export type { ReadRecord } from './record/read-record.js';
export { CODE_PATTERN, USAGE_RECORD_SCHEMA } from './record/record-schema.js';
export { readTimestamp } from './record/timestamp.js';
