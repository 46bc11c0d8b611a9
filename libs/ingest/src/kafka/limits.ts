/** Messages, and bytes of their values, that are taken from a partition in one go: one entry in the ledger, several segments. */
export const CHUNK_MESSAGES_MAX = 5_000;
export const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

/** Partitions that one process works on side by side. */
export const PARTITIONS_AT_ONCE = 3;

/** How long a member of the group may be silent before its partitions go to others, and how often it says that it lives. */
export const SESSION_TIMEOUT_MS = 30_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
export const heartbeatInterval = (sessionTimeoutMs: number): number =>
  Math.min(HEARTBEAT_INTERVAL_MS, sessionTimeoutMs / 3);

/** How long a fetch waits for messages; also how fast a paused partition goes on. */
export const FETCH_WAIT_MS = 250;
export const FETCH_BYTES_MAX = 16 * 1024 * 1024;
export const FETCH_PARTITION_BYTES_MAX = 4 * 1024 * 1024;

/** How long a partition rests when the log does not take its segments; doubles up to the second. */
export const REST_MS = 250;
export const REST_MS_MAX = 10_000;

/** How often a paused consumer looks whether there is room again. */
export const PRESSURE_INTERVAL_MS = 100;

/** Messages, and their bytes, that one request to the broker carries. Its own limit for a batch is 1 MiB, of one partition. */
export const SEND_MESSAGES_MAX = 2_000;
export const SEND_BYTES_MAX = 768 * 1024;

/** Records of a request, and their bytes, that our door writes into one message. */
export const MESSAGE_RECORDS_MAX = 500;
export const MESSAGE_BYTES_MAX = 256 * 1024;

/** How long the door believes in the number of partitions that it has seen. */
export const PARTITIONS_AGE_MS = 5 * 60 * 1_000;

/** Attempts of one request to the broker, and the first and longest wait between them. */
export const SEND_RETRIES = 6;
export const RETRY_DELAY_MS = 100;
export const RETRY_DELAY_MS_MAX = 2_000;
export const REQUEST_TIMEOUT_MS = 10_000;
export const CONNECT_TIMEOUT_MS = 3_000;

/** How long a producer may take to connect or to have messages confirmed, retries and all, before it is replaced. */
export const SEND_TIMEOUT_MS = 12_000;

/** How far ahead of the reader a broker's or sender's clock may be before its time is not believed. */
export const CLOCK_AHEAD_MAX_MS = 5 * 60 * 1_000;

/** Characters of a reason, and errors, that a dead letter carries. */
export const REASON_LENGTH_MAX = 1_000;
export const LETTER_ERRORS_MAX = 10;

/** Bytes of a batch, unpacked, that the topic takes: applications may compress more of them into a request than we would send. */
export const USAGE_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes of a message that the dead letters' topic takes: whatever the usage topic takes, and its reason. */
export const LETTER_BYTES_MAX = 5 * 1024 * 1024;
