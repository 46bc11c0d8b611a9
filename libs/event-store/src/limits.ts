/** Bytes of one append, data and metadata together. */
export const APPEND_BYTES_MAX = 4 * 1024 * 1024;
/** Events of one append. */
export const APPEND_EVENTS_MAX = 1_000;
/** Appends, and bytes, that one commit takes at most. */
export const GROUP_APPENDS_MAX = 256;
export const GROUP_BYTES_MAX = 16 * 1024 * 1024;
/** Appends that may wait for their commit in one process. */
export const APPEND_QUEUE_MAX = 10_000;
/** Events of a page unless the reader says otherwise, and bytes of a page; a page has one event at least. */
export const PAGE_EVENTS_DEFAULT = 1_000;
export const PAGE_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of late events that a process keeps at hand for its own subscribers. */
export const TAIL_BYTES_MAX = 32 * 1024 * 1024;
/** How long a subscriber sleeps at most when no notification comes. */
export const POLL_INTERVAL_MS = 500;
/** Waits between attempts to reach the database again. */
export const RECONNECT_DELAY_MS = 100;
export const RECONNECT_DELAY_MS_MAX = 2_000;
