import pg from 'pg';
import { ANSWER_TIMEOUT_MS, RECONNECT_DELAY_MS, RECONNECT_DELAY_MS_MAX } from '../limits.js';
import { LOG_CHANNEL } from './append-function.js';
import { discard } from './discard.js';
import { HEAD_QUERY } from './event-row.js';

/** Hears of commits by other processes, on a connection of its own. A hint only: subscribers also poll now and then. */
export class LogListener {
  private client: pg.Client | null = null;
  private timer: NodeJS.Timeout | null = null;
  private delayMs = RECONNECT_DELAY_MS;
  private closed = false;

  constructor(
    private readonly connectionString: string,
    private readonly onHead: (position: number) => void,
    private readonly answerTimeoutMs = ANSWER_TIMEOUT_MS,
  ) {}

  start(): void {
    if (this.client !== null || this.timer !== null || this.closed) return;
    const client = new pg.Client({
      connectionString: this.connectionString,
      application_name: 'odometer listener',
      connectionTimeoutMillis: this.answerTimeoutMs,
      query_timeout: this.answerTimeoutMs,
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
    await this.ask(client);
    this.watch(client);
  }

  /** A connection that died silently would never be heard of again, so it is asked something now and then. */
  private watch(client: pg.Client): void {
    if (this.client !== client) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.ask(client).then(
        () => this.watch(client),
        () => this.retry(client),
      );
    }, this.answerTimeoutMs);
    this.timer.unref();
  }

  private async ask(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ head: string }>(HEAD_QUERY);
    this.onHead(Number(rows[0]!.head));
  }

  private retry(client: pg.Client): void {
    if (this.client !== client || this.closed) return;
    this.client = null;
    discard(client);
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.start();
    }, this.delayMs);
    this.delayMs = Math.min(this.delayMs * 2, RECONNECT_DELAY_MS_MAX);
  }
}
