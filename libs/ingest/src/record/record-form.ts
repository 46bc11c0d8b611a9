import type { FieldError, Instant } from '@odometer/domain';
import { explainRecord } from './explain-record.js';
import { readRecord, type ReadContext, type ReadRecord } from './read-record.js';

/** A way to write usage records down. Both functions see parsed JSON. */
export interface RecordForm {
  /** Undefined when anything is wrong with it. Runs for every record of the firehose. */
  read(sent: unknown, context: ReadContext): ReadRecord | undefined;
  /** All that is wrong with what `read` refused, with pointers below the given one. */
  explain(sent: unknown, pointer: string, receivedAt: Instant): FieldError[];
}

/** The fields of `USAGE_RECORD_SCHEMA`. */
export const USAGE_FORM: RecordForm = { read: readRecord, explain: explainRecord };
