import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StoreUnavailable, UnknownOutcome } from '../event-store.js';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_ATTEMPTS_MAX,
  RECONNECT_DELAY_MS,
  RECONNECT_DELAY_MS_MAX,
} from '../limits.js';
import { APPEND_STATEMENT, type GroupAnswer } from './append-group.js';
import { discard } from './discard.js';

export interface ConnectionLimits {
  readonly answerTimeoutMs: number;
  readonly connectAttempts: number;
}

/** The one connection that appends. It is made when it is first needed, and anew after it broke. */
export class AppendConnection {
  private client: pg.Client | null = null;

  constructor(
    private readonly connectionString: string,
    private readonly limits: ConnectionLimits = {
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      connectAttempts: CONNECT_ATTEMPTS_MAX,
    },
  ) {}

  /**
   * Sends a group. Throws StoreUnavailable when it could not be sent, a DatabaseError when the server refused it, both certain; and
   * UnknownOutcome when it was sent and the answer did not come.
   */
  async send(values: readonly Buffer[]): Promise<GroupAnswer> {
    const client = await this.connected();
    try {
      const { rows } = await client.query<GroupAnswer>({
        ...APPEND_STATEMENT,
        values: [...values],
      });
      return rows[0]!;
    } catch (error) {
      if (isRefusal(error)) throw error;
      this.drop(client);
      throw new UnknownOutcome(
        'the connection to the log was lost during the append; retry the identical append',
        { cause: error },
      );
    }
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.end();
  }

  private async connected(): Promise<pg.Client> {
    let failure: unknown;
    for (let attempt = 0; attempt < this.limits.connectAttempts; attempt += 1) {
      if (this.client !== null) return this.client;
      if (attempt > 0) {
        await delay(Math.min(RECONNECT_DELAY_MS * 2 ** (attempt - 1), RECONNECT_DELAY_MS_MAX));
      }
      try {
        this.client = await this.connect();
        return this.client;
      } catch (error) {
        failure = error;
      }
    }
    throw new StoreUnavailable('the log cannot be reached', { cause: failure });
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'odometer appender',
      query_timeout: this.limits.answerTimeoutMs,
      connectionTimeoutMillis: this.limits.answerTimeoutMs,
      keepAlive: true,
    });
    // A connection that breaks while idle is made anew by the next append.
    client.on('error', () => this.drop(client));
    client.on('end', () => this.drop(client));
    try {
      await client.connect();
      await client.query('SET synchronous_commit = on');
      return client;
    } catch (error) {
      discard(client);
      throw error;
    }
  }

  private drop(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = null;
    discard(client);
  }
}

/** The server answered with an error and goes on: the transaction was rolled back. FATAL and PANIC end the connection instead. */
function isRefusal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR';
}
