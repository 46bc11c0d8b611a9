import type { AppendResult, EventStore, ExpectedRevision } from '../event-store.js';
import { APPEND_BYTES_MAX } from '../limits.js';
import { newEvent } from './new-event.js';

export interface StoreUnderTest {
  readonly store: EventStore;
  /** Another store object on the same log, as after a restart; the same one where there is no such thing. */
  readonly reopen: () => Promise<EventStore>;
  readonly dispose: () => Promise<void>;
  /** Bytes that this store takes in one append; APPEND_BYTES_MAX unless it says otherwise. */
  readonly appendBytes?: number;
}

/** A store under test from the time on that its suite begins. */
export class LogUnderTest {
  private opened: StoreUnderTest | null = null;

  constructor(private readonly openStore: () => Promise<StoreUnderTest>) {}

  async open(): Promise<void> {
    this.opened = await this.openStore();
  }

  get subject(): StoreUnderTest {
    if (this.opened === null) throw new Error('the store is opened before the tests run');
    return this.opened;
  }

  get store(): EventStore {
    return this.subject.store;
  }

  /** Appends new events with these data. */
  append(
    stream: string,
    expectedRevision: ExpectedRevision,
    ...data: object[]
  ): Promise<AppendResult> {
    const events = data.map((one) => newEvent({ ...one }));
    return this.store.append(stream, events, { expectedRevision });
  }
}

export const appendBytesOf = ({ subject }: LogUnderTest): number =>
  subject.appendBytes ?? APPEND_BYTES_MAX;
