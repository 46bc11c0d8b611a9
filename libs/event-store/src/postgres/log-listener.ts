import pg from 'pg';
import { RECONNECT_DELAY_MS, RECONNECT_DELAY_MS_MAX } from '../limits.js';
import { LOG_CHANNEL } from './append-function.js';
import { discard } from './discard.js';
import { HEAD_QUERY } from './reader.js';

/** Hears of commits by other processes, on a connection of its own. A hint only: subscribers also poll now and then. */
export class LogListener {
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private delayMs = RECONNECT_DELAY_MS;
  private closed = false;

  constructor(
    private readonly connectionString: string,
    private readonly onHead: (position: number) => void,
  ) {}

  start(): void {
    if (this.client !== null || this.timer !== null || this.closed) return;
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'odometer listener',
      keepAlive: true,
    });
    this.client = client;
    client.on('notification', ({ payload }) => this.onHead(Number(payload)));
    client.on('error', () => this.retry(client));
    client.on('end', () => this.retry(client));
    this.listen(client).catch(() => this.retry(client));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const { client } = this;
    this.client = null;
    await client?.end();
  }

  private async listen(client: pg.Client): Promise<void> {
    await client.connect();
    await client.query(`LISTEN ${LOG_CHANNEL}`);
    this.delayMs = RECONNECT_DELAY_MS;
    // What was committed while nobody listened is looked for now.
    const { rows } = await client.query<{ head: string }>(HEAD_QUERY);
    this.onHead(Number(rows[0]!.head));
  }

  private retry(client: pg.Client): void {
    if (this.client !== client || this.closed) return;
    this.client = null;
    discard(client);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.start();
    }, this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, RECONNECT_DELAY_MS_MAX);
  }
}
