export { CLOUD_EVENT_FORM } from './cloud-events/cloud-event-form.js';
export { decompress, BodyTooLarge, ENCODINGS, UnknownEncoding } from './body/decompress.js';
export {
  MalformedBody,
  parseExactJson,
  type ExactPlace,
  type ParsedBody,
} from './body/exact-json.js';
export type { Origin } from './intake/append-segment.js';
export {
  createIntake,
  type AcceptedBatch,
  type AcceptedOne,
  type Intake,
  type IntakeOptions,
  type IntakeStats,
} from './intake/intake.js';
export type { Batch } from './intake/cut.js';
export { IntakeClosed, IntakeFull, OutcomeUnknown } from './intake/outcome.js';
export {
  createClient as createKafkaClient,
  KafkaUnavailable,
  type KafkaLog,
  type KafkaSettings,
} from './kafka/client.js';
export type { ConsumerStats } from './kafka/consumer-options.js';
export type { DeadLetter } from './kafka/dead-letter.js';
export { DeadLetterQueue } from './kafka/dead-letter-queue.js';
export { kafkaMigrations } from './kafka/migrations.js';
export { deadLetterTopic, ensureTopics } from './kafka/topics.js';
export { startUsageConsumer, type UsageConsumer } from './kafka/usage-consumer.js';
export {
  openKafkaDoor,
  type KafkaDoor,
  type KafkaDoorStats,
  type TakenBatch,
  type TakenOne,
  type UsageDoor,
} from './kafka/usage-door.js';
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
export { USAGE_FORM, type RecordForm } from './record/record-form.js';
export { CODE_PATTERN, USAGE_RECORD_SCHEMA } from './record/record-schema.js';
export { readTimestamp } from './record/timestamp.js';
