import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { EVENTSTOREDB_LIMITS } from './limits.js';
import { inTime } from './in-time.js';

/** What of the client nobody else may know: the channel that it keeps open, and the way to end it. */
interface ClientWithChannel {
  readonly getChannel: () => Promise<{ readonly close: () => void }>;
}

/** A client, and the signal that it was given up. */
export interface Line {
  readonly client: EventStoreDBClient;
  readonly lost: AbortSignal;
}

export interface Connection {
  /** The client of this moment. */
  readonly client: EventStoreDBClient;
  readonly line: Line;
  /**
   * Waits for an answer that the client of a line owes, as long as the limit says. Then the line is given up and the next call has a new client:
   * of a connection on which nothing was ever answered the client notices nothing, and would wait on it for ever with all that comes later.
   */
  answered<T>(line: Line, answer: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** `kurrentdb://` is the newer name of the same protocol. */
const clientAddress = (connectionString: string): string =>
  connectionString.replace(/^kurrentdb(\+discover)?:/, 'esdb$1:');

/** Connects when first needed. Credentials stand in the connection string: with each call they would end the batching of appends. */
export function openConnection(
  connectionString: string,
  answerTimeoutMs = EVENTSTOREDB_LIMITS.answerTimeoutMs,
): Connection {
  return new ReplaceableClient(clientAddress(connectionString), answerTimeoutMs);
}

class ReplaceableClient implements Connection {
  private current: Line;
  private givenUp: AbortController;
  private used = false;

  constructor(
    private readonly address: string,
    private readonly answerTimeoutMs: number,
  ) {
    [this.current, this.givenUp] = this.newLine();
  }

  get line(): Line {
    this.used = true;
    return this.current;
  }

  get client(): EventStoreDBClient {
    return this.line.client;
  }

  async answered<T>(line: Line, answer: Promise<T>): Promise<T> {
    let late = false;
    try {
      return await inTime(answer, this.answerTimeoutMs, () => (late = true));
    } finally {
      if (late) this.replace(line);
    }
  }

  async close(): Promise<void> {
    if (!this.used) return;
    await this.current.client.dispose();
    await closeChannel(this.current.client);
  }

  private replace(line: Line): void {
    if (line !== this.current) return;
    const { givenUp } = this;
    [this.current, this.givenUp] = this.newLine();
    givenUp.abort();
    void closeChannel(line.client);
  }

  private newLine(): [Line, AbortController] {
    const givenUp = new AbortController();
    const client = EventStoreDBClient.connectionString(this.address);
    return [{ client, lost: givenUp.signal }, givenUp];
  }
}

/** A client that has lost its cluster looks for it when it is asked for its channel. Nobody waits for that at the end. */
async function closeChannel(client: EventStoreDBClient): Promise<void> {
  const { getChannel } = client as unknown as ClientWithChannel;
  const channel = getChannel().catch(() => null);
  const found = await Promise.race([channel, sleep(CLOSE_WAIT_MS, null, { ref: false })]);
  found?.close();
}

const CLOSE_WAIT_MS = 1_000;
