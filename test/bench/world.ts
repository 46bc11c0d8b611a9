import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../apps/server/src/embedded-postgres/embedded-postgres.js';
import { Api } from './api.js';
import { setUpCatalog, usagePath, COUNT_METER, type Window } from './catalog.js';
import type { CopyLoad, CopyResult } from './copy-load.js';
import type { HttpLoad, HttpLoadResult } from './http-load.js';
import type { BenchOptions } from './options.js';
import { API_KEY, startOdometer, type HttpProcess } from './processes.js';
import { customerOf, type StreamOptions } from './records.js';
import { addTally, type Tally } from './tally.js';
import { startTask, type Task } from './task.js';

const TEN_MINUTES_MS = 600_000;
const HOUR_MS = 3_600_000;
/** How many records of the last stream may be sent again with the next, and the size of a stream that surely has so many new ones. */
const KNOWN_RECORDS = 500;
const KNOWN_STREAM_MIN = 1_000;

interface Serving {
  readonly roles: string;
  readonly server: HttpProcess;
}

type Load = Omit<HttpLoad, 'port' | 'key'>;

interface Sending {
  readonly connections: number;
  readonly untilVisible: boolean;
  /** Requests. */
  readonly perSecond?: number;
}

/** One PostgreSQL with one Odometer on it, and what was sent to it. */
export class World {
  /** What the API must answer in the end. */
  readonly sent: Tally = new Map();
  /** Records that were sent, repeated ones included. */
  records = 0;
  jsonBytes = 0;
  position = 0;
  /** Where the timestamps of all records lie. */
  private readonly span: Window;
  /** The whole hours around them, which is what people ask for. */
  readonly window: Window;
  /** Start of the month that they lie in. */
  readonly month: number;
  private servers: readonly Serving[] = [];
  private seed: number;
  private before: StreamOptions['before'] = null;

  private constructor(
    readonly url: string,
    readonly options: BenchOptions,
    private readonly end: () => Promise<void>,
    private readonly variables: Readonly<Record<string, string>> = {},
  ) {
    const now = Date.now();
    const today = new Date(now);
    this.month = Date.UTC(today.getUTCFullYear(), today.getUTCMonth());
    // Within the current month, so that current usage and balances see every record.
    this.span = { from: Math.max(this.month, now - TEN_MINUTES_MS), to: now };
    this.window = {
      from: Math.floor(this.span.from / HOUR_MS) * HOUR_MS,
      to: Math.ceil(this.span.to / HOUR_MS) * HOUR_MS,
    };
    this.seed = options.seed * 1_000;
  }

  /** `settings` of PostgreSQL go over those of the embedded server. */
  static async open(
    options: BenchOptions,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<World> {
    const directory = await mkdtemp(path.join(tmpdir(), 'odometer-bench-'));
    const postgres = await startEmbeddedPostgres(directory, settings);
    return new World(postgres.url, options, async () => {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    });
  }

  /** Another world on the same PostgreSQL, in a database of its own, whose servers are told something else. */
  async beside(name: string, variables: Readonly<Record<string, string>>): Promise<World> {
    await this.query(`CREATE DATABASE ${name}`);
    const url = new URL(this.url);
    url.pathname = `/${name}`;
    return new World(url.toString(), this.options, () => Promise.resolve(), variables);
  }

  async close(): Promise<void> {
    await this.rest();
    await this.end();
  }

  /** Starts the server anew with these roles, or a process for each of several. One with the role `api` is asked. */
  async serve(...roles: readonly string[]): Promise<void> {
    await this.rest();
    for (const own of roles) {
      const { url: databaseUrl, variables } = this;
      const server = await startOdometer({ databaseUrl, roles: own, variables });
      this.servers = [...this.servers, { roles: own, server }];
    }
  }

  async rest(): Promise<void> {
    const { servers } = this;
    this.servers = [];
    await Promise.all(servers.map(({ server }) => server.stop()));
  }

  get port(): number {
    const asked = this.servers.find(({ roles }) => roles === 'all' || roles.includes('api'));
    if (asked === undefined) throw new Error('no server runs that can be asked');
    return asked.server.port;
  }

  /** Process ids by role. */
  get pids(): ReadonlyMap<string, number> {
    return new Map(this.servers.map(({ roles, server }) => [roles, server.pid]));
  }

  get api(): Api {
    return new Api(this.port);
  }

  setUp(): Promise<void> {
    const { customers } = this.options;
    return setUpCatalog(this.api, { customers, startedAt: this.month });
  }

  /** A stream that nobody had before. */
  newStream(records: number): StreamOptions {
    const { customers, distribution } = this.options;
    this.seed += 1;
    const { seed, before, span } = this;
    return { seed, records, customers, distribution, before, ...span };
  }

  /** Sends usage and remembers it. */
  async send(
    kind: 'batches' | 'singles',
    stream: StreamOptions,
    load: Sending,
  ): Promise<HttpLoadResult> {
    const send = await this.prepare(kind, stream, load);
    return send();
  }

  /** Makes all requests; what this answers sends them, and remembers that. */
  async prepare(
    kind: 'batches' | 'singles',
    stream: StreamOptions,
    { connections, untilVisible, perSecond: pace }: Sending,
  ): Promise<() => Promise<HttpLoadResult>> {
    const visibleAt = usagePath(COUNT_METER, this.window, customerOf(0));
    const task = await this.prepareLoad({
      connections,
      send: { kind, stream },
      ...(untilVisible ? { visibleAt } : {}),
      ...(pace === undefined ? {} : { perSecond: pace }),
    });
    return async () => {
      const result = await task.run();
      this.remember(stream, result);
      return result;
    };
  }

  /** What was sent counts from now on. */
  remember(
    stream: StreamOptions,
    { tally, jsonBytes, position }: Pick<HttpLoadResult, 'tally' | 'jsonBytes' | 'position'>,
  ): void {
    addTally(this.sent, tally);
    if (stream.records >= KNOWN_STREAM_MIN) {
      this.before = { seed: stream.seed, records: KNOWN_RECORDS };
    }
    this.records += stream.records;
    this.jsonBytes += jsonBytes;
    this.position = Math.max(this.position, position);
  }

  async load(load: Load, port = this.port): Promise<HttpLoadResult> {
    const task = await this.prepareLoad(load, port);
    return task.run();
  }

  prepareLoad(load: Load, port = this.port): Promise<Task<HttpLoadResult>> {
    return startTask<HttpLoad, HttpLoadResult>('./http-load.js', { ...load, port, key: API_KEY });
  }

  /** The baseline: records a second. */
  async copy(stream: StreamOptions): Promise<number> {
    const input = { url: this.url, stream };
    const task = await startTask<CopyLoad, CopyResult>('./copy-load.js', input);
    const { elapsedMs } = await task.run();
    return perSecond(stream.records, elapsedMs);
  }

  /** Waits until every read model has taken in all that was sent. */
  async catchUp(): Promise<void> {
    await this.load({
      connections: 1,
      send: {
        kind: 'gets',
        paths: [usagePath(COUNT_METER, this.window, customerOf(0))],
        minPosition: this.position,
      },
    });
  }

  async usageShards(): Promise<number> {
    const [shards] = await this.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM odometer.projection_shards WHERE name = 'usage' AND target = 'live'`,
    );
    return shards?.count ?? 0;
  }

  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }
}

export const perSecond = (things: number, elapsedMs: number): number =>
  (things / elapsedMs) * 1_000;
