import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** PostgreSQL cannot be reached, or has stopped answering. The message says which server and why, without its password. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/** Questions between two limits of silence. */
const BEATS_PER_LIMIT = 3;

/**
 * Asks a server again and again, on a connection of its own, whether it is there. So work that may take as long as it takes, and whose own
 * connection can therefore have no time limit, ends when nobody is left to do it.
 */
export class DatabaseWatch {
  private readonly pool: pg.Pool;
  private readonly over = new AbortController();

  constructor(
    private readonly connectionString: string,
    private readonly silenceMs: number,
  ) {
    this.pool = new pg.Pool({
      connectionString,
      max: 1,
      connectionTimeoutMillis: silenceMs,
      query_timeout: silenceMs,
      application_name: 'odometer-watch',
    });
    // A connection that breaks while nothing is asked is made anew with the next question.
    this.pool.on('error', () => undefined);
  }

  /** Throws DatabaseUnreachable. */
  async ask(): Promise<void> {
    try {
      await this.pool.query('SELECT 1');
    } catch (error) {
      throw new DatabaseUnreachable(
        `PostgreSQL at ${serverOf(this.connectionString)} cannot be reached: ${this.reasonOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Rejects with DatabaseUnreachable when a question and its repetition are not answered; never resolves before `close`. */
  async untilLost(): Promise<void> {
    const { signal } = this.over;
    while (!signal.aborted) {
      await sleep(this.silenceMs / BEATS_PER_LIMIT, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // One connection may break although the server is there.
      await this.ask().catch(() => this.ask());
    }
  }

  async close(): Promise<void> {
    this.over.abort();
    await this.pool.end();
  }

  private reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    if (/timeout/.test(error.message)) return `no answer within ${this.silenceMs} ms`;
    // Where a name has several addresses Node says only what became of each.
    const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
    return error.message || (first instanceof Error ? first.message : error.name);
  }
}

function serverOf(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'the given address';
  const { host, pathname } = new URL(connectionString);
  return `${host}${pathname}`;
}
