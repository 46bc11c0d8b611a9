/** Bytes of one append, data and metadata together. */
export const APPEND_BYTES_MAX = 4 * 1024 * 1024;
/** Events of one append. */
export const APPEND_EVENTS_MAX = 1_000;
/** Appends, and bytes, that one commit takes at most. */
export const GROUP_APPENDS_MAX = 256;
export const GROUP_BYTES_MAX = 16 * 1024 * 1024;
/** Appends, and their bytes, that may wait for their commit in one process. */
export const APPEND_QUEUE_MAX = 10_000;
export const APPEND_QUEUE_BYTES_MAX = 128 * 1024 * 1024;
/** How long a commit may take before its outcome counts as unknown. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** Attempts to reach the database before the appends that wait for it are told that they did not happen. */
export const CONNECT_ATTEMPTS_MAX = 5;
/** Events of a page unless the reader says otherwise, and bytes of a page; a page has one event at least. */
export const PAGE_EVENTS_DEFAULT = 1_000;
export const PAGE_BYTES_MAX = 8 * 1024 * 1024;
/** Positions that one page looks at when its filter has a clause without types, which no index serves. */
export const SCAN_POSITIONS_MAX = 20_000;
/** Bytes of late events that a process keeps at hand for its own subscribers. */
export const TAIL_BYTES_MAX = 6 * 1024 * 1024;
/** How long a subscriber sleeps at most before it asks for the head of the log, should every notification be lost. */
export const POLL_INTERVAL_MS = 1_000;
/** Waits between attempts to reach the database again. */
export const RECONNECT_DELAY_MS = 100;
export const RECONNECT_DELAY_MS_MAX = 2_000;
