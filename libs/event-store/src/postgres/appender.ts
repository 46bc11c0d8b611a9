import pg from 'pg';
import {
  AppendTooLarge,
  PartialRetry,
  RevisionConflict,
  UnknownOutcome,
  type AppendResult,
  type ExpectedRevision,
  type RecordedEvent,
} from '../event-store.js';
import type { EncodedEvent } from '../event-hash.js';
import { APPEND_QUEUE_MAX, GROUP_APPENDS_MAX, GROUP_BYTES_MAX } from '../limits.js';

interface Append {
  readonly streamId: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
  readonly bytes: number;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

interface Outcome {
  readonly outcome: 'appended' | 'replayed' | 'partial' | 'conflict';
  readonly first_revision: string | null;
  readonly last_revision: string | null;
  readonly last_position: string | null;
  readonly hashes: Buffer | null;
}

const EXPECTED_CODES = { noStream: -1, any: -2, exists: -3 } as const;
const HASH_BYTES = 32;

const STATEMENT = {
  name: 'odometer_append',
  text: 'SELECT * FROM odometer.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)',
};

/**
 * Group commit: while one group of appends is on its way, the next gathers, and everything that has gathered is committed with one
 * statement on one connection.
 */
export class Appender {
  private waiting: Append[] = [];
  private running: Promise<void> | null = null;
  private client: pg.Client | null = null;

  constructor(
    private readonly connectionString: string,
    private readonly onCommit: (events: readonly RecordedEvent[]) => void,
  ) {}

  append(
    streamId: string,
    expected: ExpectedRevision,
    events: readonly EncodedEvent[],
  ): Promise<AppendResult> {
    if (this.waiting.length >= APPEND_QUEUE_MAX) {
      return Promise.reject(
        new AppendTooLarge(`more than ${APPEND_QUEUE_MAX} appends are waiting`),
      );
    }
    const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
    return new Promise((resolve, reject) => {
      this.waiting.push({ streamId, expected, events, bytes, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** Waits for what has been taken in, then closes the connection. */
  async close(): Promise<void> {
    while (this.running !== null) await this.running;
    await this.client?.end();
    this.client = null;
  }

  private async drain(): Promise<void> {
    // One turn of the event loop, so that appends made together travel together.
    await Promise.resolve();
    while (this.waiting.length > 0) await this.commit(this.nextGroup());
    this.running = null;
  }

  private nextGroup(): Append[] {
    let bytes = 0;
    let count = 0;
    for (const append of this.waiting) {
      bytes += append.bytes;
      if (count > 0 && (bytes > GROUP_BYTES_MAX || count >= GROUP_APPENDS_MAX)) break;
      count += 1;
    }
    return this.waiting.splice(0, count);
  }

  private async commit(group: readonly Append[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      const client = await this.connection();
      const { rows } = await client.query<Outcome>({ ...STATEMENT, values: parametersOf(group) });
      outcomes = rows;
    } catch (error) {
      this.fail(group, error as Error);
      return;
    }
    const committed: RecordedEvent[] = [];
    const settled = group.map((append, i) => settle(append, outcomes[i]!, committed));
    this.onCommit(committed);
    for (const tell of settled) tell();
  }

  /** A refusal by the server is certain; a lost connection leaves open whether the commit happened. */
  private fail(group: readonly Append[], error: Error): void {
    const refused = error instanceof pg.DatabaseError && !isShutdown(error.code);
    if (!refused) this.dropConnection();
    for (const append of group) {
      append.reject(
        refused
          ? error
          : new UnknownOutcome(
              'the connection to the log was lost during the append; retry the identical append',
              { cause: error },
            ),
      );
    }
  }

  private async connection(): Promise<pg.Client> {
    if (this.client !== null) return this.client;
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'odometer appender',
    });
    client.on('error', () => {
      if (this.client === client) this.client = null;
    });
    await client.connect();
    this.client = client;
    return client;
  }

  private dropConnection(): void {
    const { client } = this;
    this.client = null;
    client?.end().catch(() => undefined);
  }
}

/** Class 57P: the server is going down or the backend was ended; class 08: the connection broke. */
const isShutdown = (code: string | undefined): boolean =>
  code?.startsWith('57P') === true || code?.startsWith('08') === true;

function settle(append: Append, outcome: Outcome, committed: RecordedEvent[]): () => void {
  if (outcome.outcome === 'partial') return () => append.reject(new PartialRetry(append.streamId));
  if (outcome.outcome === 'conflict') {
    const conflict = new RevisionConflict(
      append.streamId,
      append.expected,
      Number(outcome.last_revision),
    );
    return () => append.reject(conflict);
  }
  const result: AppendResult = {
    firstRevision: Number(outcome.first_revision),
    lastRevision: Number(outcome.last_revision),
    position: Number(outcome.last_position),
    replayed: outcome.outcome === 'replayed',
  };
  if (!result.replayed) committed.push(...recorded(append, result, outcome.hashes!));
  return () => append.resolve(result);
}

function recorded(append: Append, result: AppendResult, hashes: Buffer): RecordedEvent[] {
  const firstPosition = result.position - append.events.length + 1;
  return append.events.map(({ event }, i) => ({
    ...event,
    streamId: append.streamId,
    revision: result.firstRevision + i,
    position: firstPosition + i,
    hash: hashes.toString('hex', i * HASH_BYTES, (i + 1) * HASH_BYTES),
  }));
}

function parametersOf(group: readonly Append[]): unknown[] {
  const events = group.flatMap((append) => append.events);
  const payloads = events.flatMap(({ payload }) => (payload === null ? [] : [payload]));
  return [
    group.map(({ streamId }) => streamId),
    group.map(({ expected }) =>
      typeof expected === 'number' ? expected : EXPECTED_CODES[expected],
    ),
    group.map((append) => append.events.length),
    events.map(({ event }) => event.eventId),
    events.map(({ event }) => event.type),
    events.map(({ event }) => event.schemaVersion),
    events.map(({ event }) => event.metadata.tenant),
    events.map(({ metadata }) => metadata),
    events.map(({ data }) => data),
    payloads.length === 1 ? payloads[0] : Buffer.concat(payloads),
    events.map(({ payload }) => payload?.length ?? null),
    Buffer.concat(events.map(({ digest }) => digest)),
  ];
}
