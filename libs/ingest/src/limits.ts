/** Records that one batch may carry. */
export const BATCH_RECORDS_MAX = 10_000;

/** Bytes of a request body, as it is sent and again after decompression: a small body cannot grow into a large one. */
export const BODY_BYTES_MAX = 10 * 1024 * 1024;

/** UTF-16 units of transaction, customer, subscription and entity ids. */
export const ID_LENGTH_MAX = 255;

/** UTF-16 units of an event code. */
export const CODE_LENGTH_MAX = 100;

/** Bytes of one record's properties, written as JSON. */
export const PROPERTIES_BYTES_MAX = 64 * 1024;

/** Levels of objects and arrays in properties; the properties object itself is the first. */
export const PROPERTIES_DEPTH_MAX = 8;

/** UTF-16 units of a property's name, at any level. */
export const PROPERTY_KEY_LENGTH_MAX = 255;

/** Digits before and after the point of the price that a record names for itself. */
export const PRICE_INTEGER_DIGITS_MAX = 20;
export const PRICE_DECIMAL_PLACES_MAX = 15;

/** Characters of one number in the text of a body. More digits than this measure nothing. */
export const NUMBER_LENGTH_MAX = 100;

/** How far ahead of its arrival a record may be: ten years. It catches milliseconds sent as seconds; test clocks live well below it. */
export const TIMESTAMP_AHEAD_MAX_MS = 3_653 * 24 * 60 * 60 * 1_000;

/** Bad fields that one answer lists. In partial mode every bad record is listed, with one field each beyond this number. */
export const REPORTED_ERRORS_MAX = 100;

/** Records of one segment, and the bytes of their JSON before compression. The log takes far fewer events than there are records. */
export const SEGMENT_RECORDS_MAX = 1_000;
export const SEGMENT_BYTES_MAX = 512 * 1024;

/**
 * Bytes of a batch's body that are read straight into columns. Below, it does not pay; above, the scanner's memory, which it keeps, would grow to
 * several times the body.
 */
export const SCANNED_BYTES_MIN = 16 * 1024;
export const SCANNED_BYTES_MAX = 2 * 1024 * 1024;

/** Records of a shard from which on what one body brings is a segment of its own; fewer wait for others. */
export const PACKED_RECORDS_MIN = 100;

/** How long requests wait at most for those of the clients that were just answered, which are about to send more. While an append runs, arrivals gather anyway. */
export const LINGER_MS = 1;

/** Records, and bytes of their JSON, that wait or are being appended. Beyond that the door answers 429. */
export const QUEUE_RECORDS_MAX = 200_000;
export const QUEUE_BYTES_MAX = 128 * 1024 * 1024;

/** The part of the queue that one tenant may fill, so that a flood from one leaves room for the others. */
export const QUEUE_TENANT_SHARE = 0.75;

/** Segments of one stream and sender that are encoded or appended at once. More than one only while full segments wait. */
export const LANE_APPENDS_MAX = 4;

/** What a client is told to wait when the queue is full. */
export const RETRY_AFTER_SECONDS = 1;

/** How often one append is tried before its outcome is reported as unknown, and the first wait, which doubles each time. */
export const APPEND_ATTEMPTS_MAX = 5;
export const APPEND_RETRY_DELAY_MS = 50;

/** Single records whose repetition is recognised without asking the log, and the bytes that one may have as JSON. */
export const RECENT_RECORDS_MAX = 10_000;
export const RECENT_RECORD_BYTES_MAX = 2_048;

/** The limits of an intake, each with its default; a composition root or a test may set others. */
export interface IntakeLimits {
  readonly segmentRecords: number;
  readonly segmentBytes: number;
  readonly packedRecords: number;
  readonly lingerMs: number;
  readonly laneAppends: number;
  readonly queueRecords: number;
  readonly queueBytes: number;
  /** 0 to 1. */
  readonly tenantShare: number;
  readonly appendAttempts: number;
  readonly appendRetryDelayMs: number;
  readonly recentRecords: number;
  readonly recentRecordBytes: number;
}

export const INTAKE_LIMITS: IntakeLimits = {
  segmentRecords: SEGMENT_RECORDS_MAX,
  segmentBytes: SEGMENT_BYTES_MAX,
  packedRecords: PACKED_RECORDS_MIN,
  lingerMs: LINGER_MS,
  laneAppends: LANE_APPENDS_MAX,
  queueRecords: QUEUE_RECORDS_MAX,
  queueBytes: QUEUE_BYTES_MAX,
  tenantShare: QUEUE_TENANT_SHARE,
  appendAttempts: APPEND_ATTEMPTS_MAX,
  appendRetryDelayMs: APPEND_RETRY_DELAY_MS,
  recentRecords: RECENT_RECORDS_MAX,
  recentRecordBytes: RECENT_RECORD_BYTES_MAX,
};
