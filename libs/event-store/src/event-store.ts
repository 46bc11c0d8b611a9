import type { JsonObject } from '@odometer/domain';

/** Aggregate events carry JSON; usage segments carry bytes (see segments/). */
export type EventData = JsonObject | Uint8Array;

export interface EventMetadata {
  readonly tenant: string;
  /** ISO 8601: when we learnt of it. */
  readonly recordedAt: string;
  /** Who caused it: an api key id, `biller`, `cli`. */
  readonly actor?: string;
  readonly reason?: string;
  readonly correlationId?: string;
  readonly causationId?: string;
}

export interface NewEvent {
  /** UUID. The same id appended again is the same event: see `append`. */
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: EventData;
  readonly metadata: EventMetadata;
}

export interface RecordedEvent extends NewEvent {
  readonly streamId: string;
  /** Place in the stream, contiguous from 0. */
  readonly revision: number;
  /** Place in the whole log, strictly increasing from 1; gapless in the Postgres and in-memory stores. */
  readonly position: number;
  /** SHA-256 (hex) over the hash of the stream's previous event and this event's own content. */
  readonly hash: string;
}

/** `any`: no check. `noStream`: must be new. `exists`: must not be new. A number: revision of the stream's last event. */
export type ExpectedRevision = 'any' | 'noStream' | 'exists' | number;

export interface AppendResult {
  /** Revision of the first and of the last event of this append. */
  readonly firstRevision: number;
  readonly lastRevision: number;
  /** Position of the last event of this append. */
  readonly position: number;
  /** True when these very events had been appended before and this is the first answer again. */
  readonly replayed: boolean;
}

/** One clause. All that is given must hold. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly streamPrefix?: string;
  readonly streamSuffix?: string;
}

export interface ReadAllOptions {
  /** Exclusive: 0 reads from the start. */
  readonly after: number;
  /** An event passes when any clause does; absent = every event. */
  readonly filter?: readonly EventFilter[];
  /** Events at most (default 1,000). The bytes of a page are limited by the store as well, never below one event. */
  readonly limit?: number;
}

export interface LogPage {
  readonly events: readonly RecordedEvent[];
  /** Everything up to here has been looked at: the `after` of the next page, also when nothing matched. */
  readonly position: number;
}

export interface SubscribeOptions extends ReadAllOptions {
  readonly signal?: AbortSignal;
}

export interface ReadStreamOptions {
  /** Inclusive revision to start at: default 0 forwards, the last one backwards. */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  readonly limit?: number;
}

/** A stream, and the first revision of it that is wanted; 0 when absent. */
export interface StreamStart {
  readonly streamId: string;
  readonly from?: number | undefined;
}

/**
 * The log. Every adapter passes the suite in conformance/.
 *
 * `append` is all or nothing. It throws EmptyAppend, AppendTooLarge, InvalidEvent, RevisionConflict (names both revisions),
 * PartialRetry (some ids known, others not, or known elsewhere), RepeatDiffers (all ids known, with other content), AppendQueueFull and
 * StoreUnavailable (nothing was appended; try later), and UnknownOutcome: the connection died before the answer and the append may or
 * may not have happened; retry the identical append. An identical retry answers the first result, however old. Identical are ids, types,
 * versions and data, bytes too; metadata may differ. The same records can be packed into other bytes, by another release or another zlib, so whoever
 * derives the id of a segment derives it from its bytes.
 */
export interface EventStore {
  append(
    streamId: string,
    events: readonly NewEvent[],
    options: { readonly expectedRevision: ExpectedRevision },
  ): Promise<AppendResult>;
  /** An unknown stream reads as empty. */
  readStream(streamId: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
  /** Several streams forwards, each as `readStream` gives it, in the order of the request: one question where the log can be asked so. */
  readStreams(starts: readonly StreamStart[]): Promise<readonly (readonly RecordedEvent[])[]>;
  readAll(options: ReadAllOptions): Promise<LogPage>;
  /** The events at positions that were read before, each once, in the order of the log. For a few at a time: all are held. */
  readAt(positions: readonly number[]): Promise<readonly RecordedEvent[]>;
  /** Catch-up, then live, without gap or repeat. Yields also pages without events, when `position` moved. Ends on `signal`. */
  subscribe(options: SubscribeOptions): AsyncIterable<LogPage>;
  /** Position of the last event; 0 for an empty log. */
  head(): Promise<number>;
  /** Recomputes the hash chains. Answers the first faults found, at most `limit` (default 100). */
  verify(options?: { readonly limit?: number }): Promise<VerifyResult>;
  close(): Promise<void>;
}

export interface VerifyResult {
  readonly events: number;
  readonly streams: number;
  readonly faults: readonly {
    readonly streamId: string;
    readonly revision: number;
    readonly problem: string;
  }[];
}

export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';

  constructor(
    readonly streamId: string,
    readonly expected: ExpectedRevision,
    /** Revision of the last event, or -1 when the stream does not exist. */
    readonly actual: number,
  ) {
    super(
      `stream ${streamId}: expected revision ${expected}, actual ${actual === -1 ? 'noStream' : actual}`,
    );
  }
}

export class PartialRetry extends Error {
  override readonly name = 'PartialRetry';

  constructor(readonly streamId: string) {
    super(
      `stream ${streamId}: some of these events were appended before, or elsewhere; retry the identical append`,
    );
  }
}

/** Events with these ids are in the stream, and say something else: two facts were given one id. Nothing was appended. */
export class RepeatDiffers extends Error {
  override readonly name = 'RepeatDiffers';

  constructor(
    readonly streamId: string,
    /** Revision of the first event that has these ids. */
    readonly firstRevision: number,
    /** Position of the last one. */
    readonly position: number,
  ) {
    super(
      `stream ${streamId}: the events of this append were appended before with other content, from revision ${firstRevision} on`,
    );
  }
}

export class EmptyAppend extends Error {
  override readonly name = 'EmptyAppend';
}

export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
}

/** The append may have happened. Only the identical append, sent again, tells. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}

/** An event that no log can hold: an id that is not a UUID or stands there twice, a NUL in a name, data that are not JSON. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
}

/** Too many appends of this process wait for their commit. Nothing was appended; slow down and try again. */
export class AppendQueueFull extends Error {
  override readonly name = 'AppendQueueFull';
}

/** The log cannot be reached, or the store was closed. Nothing was appended. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
