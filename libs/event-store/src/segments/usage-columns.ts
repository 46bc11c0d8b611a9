import type { JsonValue, UsageRecord } from '@odometer/domain';
import type { TextList } from './text-list.js';

/** Texts of records: those that occur, mostly each once, and for each record the index of its own. */
export interface Texts {
  /** Undefined for records without one. A text may be put in the place of an equal one, so that many segments hold it once. */
  readonly of: (string | undefined)[];
  readonly index: Int32Array;
  /** What `of` has, where it lies as bytes and would have to be made first: there are no records without a text then. Else null. */
  readonly listed: TextList | null;
}

/** The records of a segment, column by column. Nobody changes what is handed out. */
export interface UsageColumns {
  readonly count: number;
  /** 16 bytes for each transaction id where all are UUIDs in their lower-case form; else null. */
  readonly uuids: Uint8Array | null;
  readonly codes: Texts;
  readonly customers: Texts;
  readonly subscriptions: Texts;
  readonly entities: Texts;
  /** Epoch milliseconds. */
  readonly timestamps: Float64Array;
  transactionId(index: number): string;
  /** Whether the sender named no time. */
  timestampAssigned(index: number): boolean;
  property(name: string): PropertyColumn;
  /** Made when it is asked for; undefined beyond the last. */
  record(index: number): UsageRecord | undefined;
  /** All of them, made when they are first asked for. */
  readonly records: readonly UsageRecord[];
}

/** What the records of a segment have for a property. */
export interface PropertyColumn {
  /** Undefined where the record does not have it. */
  at(index: number): JsonValue | undefined;
  /** Values that are numbers, as they were sent; NaN where the record has none. */
  readonly numbers: Float64Array;
}
