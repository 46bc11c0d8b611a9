import pg from 'pg';
import { RECONNECT_DELAY_MS, RECONNECT_DELAY_MS_MAX } from '../limits.js';
import { LOG_CHANNEL } from './schema.js';

/** Tells of commits by other processes. A hint only: whoever sleeps wakes by itself after a while. */
export class LogListener {
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private delayMs = RECONNECT_DELAY_MS;
  private closed = false;

  constructor(
    private readonly connectionString: string,
    private readonly onCommit: () => void,
  ) {}

  start(): void {
    if (this.client !== null || this.timer !== null || this.closed) return;
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'odometer listener',
    });
    this.client = client;
    client.on('notification', this.onCommit);
    client.on('error', () => this.retry(client));
    client.on('end', () => this.retry(client));
    client
      .connect()
      .then(() => client.query(`LISTEN ${LOG_CHANNEL}`))
      .then(() => {
        this.delayMs = RECONNECT_DELAY_MS;
        // What was committed while nobody listened is looked for now.
        this.onCommit();
      })
      .catch(() => this.retry(client));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const { client } = this;
    this.client = null;
    await client?.end();
  }

  private retry(client: pg.Client): void {
    if (this.client !== client || this.closed) return;
    this.client = null;
    client.end().catch(() => undefined);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.start();
    }, this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, RECONNECT_DELAY_MS_MAX);
  }
}
