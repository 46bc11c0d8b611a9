import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { decodeSegment } from '@odometer/event-store';
import { createTestDatabase, KafkaBroker, type TestDatabase } from '@odometer/testing';
import { CompressionTypes, Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { buildServer, type BuiltServer } from './build-server.js';
import { openLog, startEventLog, type EventLog } from './event-log.js';
import { OdometerProcess } from './odometer-process.js';

export const TOPIC = 'odometer.usage';
const ADMIN_KEY = 'odometer-kafka-test-key';
const SESSION_SECONDS = 3;
const EVENTUALLY_MS = 30_000;

interface Parts {
  readonly broker: KafkaBroker;
  readonly database: TestDatabase;
  readonly built: BuiltServer;
  readonly eventLog: EventLog;
  readonly producer: Producer;
}

/** A broker, a database, a process that serves, and others that come and go. */
export class KafkaWorld {
  private readonly processes = new Set<OdometerProcess>();

  readonly broker: KafkaBroker;
  readonly database: TestDatabase;
  private readonly built: BuiltServer;
  private readonly eventLog: EventLog;
  private readonly producer: Producer;

  private constructor(parts: Parts) {
    this.broker = parts.broker;
    this.database = parts.database;
    this.built = parts.built;
    this.eventLog = parts.eventLog;
    this.producer = parts.producer;
  }

  static async create(): Promise<KafkaWorld> {
    const [broker, database, built] = await Promise.all([
      KafkaBroker.start(),
      createTestDatabase(),
      buildServer(),
    ]);
    const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
    const producer = kafka.producer({ retry: { retries: 10 } });
    return new KafkaWorld({
      broker,
      database,
      built,
      producer,
      eventLog: await startEventLog(built),
    });
  }

  async start(roles: string): Promise<OdometerProcess> {
    const started = await OdometerProcess.start(this.built, {
      ...this.eventLog.environment,
      DATABASE_URL: this.database.url,
      KAFKA_BROKERS: this.broker.address,
      KAFKA_TOPIC_PARTITIONS: '4',
      KAFKA_SESSION_TIMEOUT_SECONDS: String(SESSION_SECONDS),
      ODOMETER_ROLES: roles,
      ODOMETER_ADMIN_KEY: ADMIN_KEY,
      ODOMETER_DATABASE_POOL: '6',
      LOG_LEVEL: 'warn',
    });
    this.processes.add(started);
    return started;
  }

  /** Writes to the topic as an application would; all to one partition is one compressed batch. */
  async produce(messages: Message[], compression = CompressionTypes.GZIP): Promise<void> {
    await this.producer.connect();
    await this.producer.send({ topic: TOPIC, messages, compression });
  }

  /** Runs `odometer` with the arguments; answers what it prints. */
  async cli(...args: string[]): Promise<string> {
    const main = path.join(this.built.directory, 'apps/cli/src/main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], {
      env: { ...process.env, NODE_OPTIONS: '', KAFKA_BROKERS: this.broker.address },
    });
    return stdout;
  }

  /** How often the log holds each record whose transaction id begins with the prefix. */
  async inLog(prefix: string): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const id of await this.storedIds()) {
      if (id.startsWith(prefix)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  }

  private async storedIds(): Promise<string[]> {
    const store = openLog(this.eventLog, this.database);
    const ids: string[] = [];
    try {
      for (let after = 0, head = await store.head(); after < head;) {
        const page = await store.readAll({ after, filter: [{ types: ['UsageRecorded'] }] });
        const records = page.events.flatMap((one) => decodeSegment(one.data as Uint8Array).records);
        for (const { transactionId } of records) ids.push(transactionId);
        after = page.position;
      }
    } finally {
      await store.close();
    }
    return ids;
  }

  async remove(): Promise<void> {
    await this.producer.disconnect();
    for (const one of this.processes) {
      one.thaw();
      await one.stop();
    }
    await this.eventLog.stop();
    await this.broker.remove();
    await this.database.drop();
    await this.built.remove();
  }
}

/** A frame of zstd whose only block is stored as it is: valid, and made without a library. */
export const storedZstd = (bytes: Buffer): Buffer => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes.length));
  const block = Buffer.alloc(4);
  block.writeUInt32LE((bytes.length << 3) | 1);
  return Buffer.concat([ZSTD_HEAD, size, block.subarray(0, 3), bytes]);
};

/** The magic number, and: one segment, its size in eight bytes. */
const ZSTD_HEAD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xe0]);

/** Waits until it is so; fails with what it was at last. */
export async function eventually<T>(
  read: () => Promise<T>,
  isSo: (value: T) => boolean,
): Promise<T> {
  let value = await read();
  for (const end = Date.now() + EVENTUALLY_MS; !isSo(value) && Date.now() < end;) {
    await sleep(100);
    value = await read();
  }
  if (isSo(value)) return value;
  throw new Error(`it did not come to be: ${JSON.stringify(value)}`);
}

/** The SQL that makes a process hang after its appends, at the moment when it would write the offset down. */
export const HANG_BEFORE_OFFSETS = `
  CREATE FUNCTION odometer.hang() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
  CREATE TRIGGER hang BEFORE UPDATE ON odometer.kafka_offsets FOR EACH ROW
  WHEN (OLD.planned_last IS NOT NULL AND NEW.planned_last IS NULL) EXECUTE FUNCTION odometer.hang()`;

/** Ends it. What hangs comes first: the server does not notice by itself that its client has died. */
export const HANG_NO_MORE = [
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event = 'PgSleep'`,
  'DROP TRIGGER hang ON odometer.kafka_offsets',
  'DROP FUNCTION odometer.hang()',
];
