export { createUsageQueries, type UsageQueries } from './usage/usage.query.js';
export { USAGE_PROJECTION, usageProjection, type ReadLog } from './usage/usage.projection.js';
export type { WindowsAnswer, WindowsRequest } from './usage/usage-reader.js';
export {
  USAGE_RECORDS_PAGE_MAX,
  USAGE_RECORDS_SCAN_MAX,
  type UsageRecordRow,
  type UsageRecordsPage,
  type UsageRecordsRequest,
} from './usage/usage-records.js';
export { RECORD_STATUSES, type RecordStatus } from './usage/usage-batch.js';
