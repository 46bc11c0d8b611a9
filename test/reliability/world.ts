import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import {
  createFaultProxy,
  createTestDatabase,
  freePort,
  KafkaBroker,
  type FaultProxy,
  type TestDatabase,
} from '@odometer/testing';
import type { Random } from '../bench/seeded-random.js';
import { buildServer, type BuiltServer } from '../e2e/build-server.js';
import type { SentRecord } from '../e2e/crash-load.js';
import { openLog, startEventLog, type EventLog } from '../e2e/event-log.js';
import { API_KEY } from '../e2e/mortal-server.js';
import { Place } from './crew.js';
import { countedInLog, rebuildAndCompare, type RebuildCheck } from './second-look.js';

/** What stands behind the server: PostgreSQL alone, Kafka before it, or EventStoreDB for the log. */
export type Setting = 'postgres' | 'kafka' | 'eventstoredb';

const ROLES: Readonly<Record<Setting, readonly string[]>> = {
  postgres: ['api,ingest', 'api,projector', 'projector'],
  kafka: ['api', 'api,ingest,projector', 'ingest,projector'],
  eventstoredb: ['api,ingest', 'api,projector', 'projector'],
};

/** Short, so that a minute has room for many connections that die silently. */
const TIMEOUT_SECONDS = 3;

const USAGE_SHARDS = 2;

interface SecondLook {
  readonly counted: readonly SentRecord[];
  readonly rebuild: RebuildCheck;
}

/** Everything of one run; all connections of the servers go through proxies. */
export class World {
  /** By what they stand before. */
  readonly proxies = new Map<string, FaultProxy>();
  readonly places: Place[] = [];
  private readonly ends: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly setting: Setting,
    private readonly built: BuiltServer,
  ) {}

  static async open(setting: Setting, random: Random): Promise<World> {
    const world = new World(setting, await buildServer());
    world.ends.push(() => world.built.remove());
    try {
      await world.fill(random);
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** In the reverse order of its start. */
  async close(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
  }

  /** Processes that can be asked now. */
  get doors(): string[] {
    return this.places
      .filter(({ roles }) => roles.includes('api'))
      .flatMap(({ process }) => (process === null ? [] : [process.address]));
  }

  /** Recomputes every hash chain of the log, around the proxies. Answers what the command says. */
  async verifyLog(): Promise<string> {
    const { EVENT_STORE: kind, EVENTSTORE_URL: url } = this.eventLog.environment;
    const store = kind === 'eventstoredb' ? url : this.database.url;
    const main = path.join(this.built.directory, 'apps/cli/src/main.js');
    const args = [main, 'audit', 'verify', '--store', store ?? ''];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return stdout;
  }

  /** Ends all processes, and looks at what they leave around the proxies: the log, and read models that are built again from it. */
  async secondLook(): Promise<SecondLook> {
    await Promise.all(this.places.map((place) => place.close()));
    const store = openLog(this.eventLog, this.database);
    try {
      const { url: databaseUrl } = this.database;
      return {
        counted: await countedInLog(store),
        rebuild: await rebuildAndCompare({ databaseUrl, store, usageShards: USAGE_SHARDS }),
      };
    } finally {
      await store.close();
    }
  }

  private database!: TestDatabase;
  private eventLog!: EventLog;

  private async fill(random: Random): Promise<void> {
    const { setting, ends } = this;
    const database = await createTestDatabase();
    this.database = database;
    ends.push(() => database.drop());
    const log = await startEventLog(
      this.built,
      setting === 'eventstoredb' ? 'eventstoredb' : 'postgres',
    );
    this.eventLog = log;
    ends.push(() => log.stop());
    const variables: Record<string, string> = {
      ...log.environment,
      DATABASE_URL: await this.through('PostgreSQL', database.url, random),
      ODOMETER_ADMIN_KEY: API_KEY,
      ODOMETER_DATABASE_POOL: '6',
      ODOMETER_USAGE_SHARDS: String(USAGE_SHARDS),
      ODOMETER_DATABASE_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS),
      ODOMETER_MIN_POSITION_WAIT_MS: '10000',
      KAFKA_SESSION_TIMEOUT_SECONDS: '6',
      KAFKA_TOPIC_PARTITIONS: '4',
      LOG_LEVEL: 'warn',
    };
    const { EVENTSTORE_URL: url } = log.environment;
    if (url !== undefined) {
      variables['EVENTSTORE_URL'] = await this.through('EventStoreDB', url, random);
    }
    if (setting === 'kafka') variables['KAFKA_BROKERS'] = await this.startKafka(random);
    for (const roles of ROLES[setting]) {
      const place = new Place(this.built, { ...variables, ODOMETER_ROLES: roles });
      this.places.push(place);
      ends.push(() => place.close());
    }
    await Promise.all(this.places.map((place) => place.open()));
  }

  /** The broker tells its clients to come through the proxy. */
  private async startKafka(random: Random): Promise<string> {
    const port = await freePort();
    const proxied = new URL(await this.through('Kafka', `tcp://127.0.0.1:${port}`, random));
    const broker = await KafkaBroker.start({ port, advertisedPort: Number(proxied.port) });
    this.ends.push(() => broker.remove());
    return broker.address;
  }

  private async through(name: string, url: string, random: Random): Promise<string> {
    const proxy = await createFaultProxy(url, { random: () => random.next() });
    this.proxies.set(name, proxy);
    this.ends.push(() => proxy.close());
    return proxy.url;
  }
}
