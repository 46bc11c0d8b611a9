import { ANSWER_TIMEOUT_MS, APPEND_EVENTS_MAX } from '../limits.js';

/** The server takes 1 MiB in one append unless it was told otherwise; what it counts besides the data has room in the rest. */
const SAFE_APPEND_BYTES = 900 * 1024;
/**
 * Appends on their way at once. The client's queue in front of its stream fails without anybody to hear of it when the connection breaks
 * while 16 messages wait, so there are never that many.
 */
const APPENDS_AT_ONCE_MAX = 12;
/** Ids that the store keeps of streams it has appended to. */
const KNOWN_IDS_MAX = 500_000;
/** Newest events of a stream that an append of usage segments is compared with. */
const SEGMENT_LOOK_BACK = 256;

/** Every limit of the store. */
export interface EventStoreDbLimits {
  /** Bytes of one append as the server counts them: data, metadata and type. */
  readonly appendBytes: number;
  readonly appendEvents: number;
  readonly appendsAtOnce: number;
  readonly knownIds: number;
  readonly segmentLookBack: number;
  /** How long the next answer may take before an append's outcome counts as unknown, or a read as failed, and the client is made anew. */
  readonly answerTimeoutMs: number;
}

export const EVENTSTOREDB_LIMITS: EventStoreDbLimits = {
  appendBytes: SAFE_APPEND_BYTES,
  appendEvents: APPEND_EVENTS_MAX,
  appendsAtOnce: APPENDS_AT_ONCE_MAX,
  knownIds: KNOWN_IDS_MAX,
  segmentLookBack: SEGMENT_LOOK_BACK,
  answerTimeoutMs: ANSWER_TIMEOUT_MS,
};

/** Attempts to append to a stream that others append to at the same time. */
export const RACES_MAX = 50;
/** Ids of late appends, whatever their stream, that a new append is compared with. */
export const RECENT_IDS_MAX = 50_000;
/** Events asked for at a time where a filter passes few of them. */
export const SCAN_PAGE = 1_000;
/** Checkpoints of a filtered subscription come after so many times 32 events. */
export const CHECKPOINT_INTERVAL = 8;
