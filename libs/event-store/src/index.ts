export {
  AppendQueueFull,
  AppendTooLarge,
  EmptyAppend,
  InvalidEvent,
  PartialRetry,
  RepeatDiffers,
  RevisionConflict,
  StoreUnavailable,
  UnknownOutcome,
  type AppendResult,
  type EventData,
  type EventFilter,
  type EventMetadata,
  type EventStore,
  type ExpectedRevision,
  type LogPage,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type SubscribeOptions,
  type VerifyResult,
} from './event-store.js';
export {
  decodeSegment,
  encodeScanned,
  encodeSegment,
  isByRows,
  USAGE_RECORDED,
  USAGE_SEGMENT_VERSION,
  type UsageSegment,
} from './segments/usage-segment.js';
export { NO_TEXT, type ScannedRecords } from './segments/pack-scanned.js';
export { columnsOfRecords } from './segments/record-columns.js';
export { JoinedRows } from './segments/row-columns.js';
export { TextList } from './segments/text-list.js';
export type { PropertyColumn, Texts, UsageColumns } from './segments/usage-columns.js';
export { passesFilter } from './event-filter.js';
export {
  handle,
  HANDLE_ATTEMPTS_MAX,
  type DomainEvent,
  type Handled,
  type HandleOptions,
} from './handle.js';
export { currentVersionOf, knownEventTypes, readDomainEvent, UnknownEvent } from './upcasting.js';
