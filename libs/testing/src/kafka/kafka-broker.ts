import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaJars } from './kafka-jars.js';

/** The version that the suite runs against unless ODOMETER_TEST_KAFKA_VERSION names another. */
export const KAFKA_VERSION = '3.9.1';

const START_MS = 60_000;
const STOP_MS = 20_000;

/** Small and quick to start; a test broker lives for a minute. */
const JVM = ['-Xms96m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

export interface KafkaOptions {
  readonly version?: string;
  /** Where the broker listens; a free port when absent. */
  readonly port?: number;
  /** Where clients are told to find it, such as a proxy before it; the port when absent. */
  readonly advertisedPort?: number;
}

/** A real broker of Apache Kafka: one node in KRaft mode, on the loopback interface, with data in a temporary folder. */
export class KafkaBroker {
  private child: ChildProcess | null = null;
  private output = '';

  private constructor(
    private readonly jars: string,
    private readonly directory: string,
    private readonly port: number,
    /** For KAFKA_BROKERS. */
    readonly address: string,
  ) {}

  /** Throws NoKafka where a broker cannot run. */
  static async start(options: KafkaOptions = {}): Promise<KafkaBroker> {
    const version = options.version ?? process.env['ODOMETER_TEST_KAFKA_VERSION'] ?? KAFKA_VERSION;
    const jars = await kafkaJars(version);
    const directory = await mkdtemp(path.join(tmpdir(), 'odometer-kafka-'));
    const port = options.port ?? (await freePort());
    const advertised = options.advertisedPort ?? port;
    const broker = new KafkaBroker(jars, directory, port, `127.0.0.1:${advertised}`);
    await broker.configure(advertised);
    await broker.run();
    return broker;
  }

  /** Of its process; null when it does not run. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Starts the process again on the same data; resolves when it answers. */
  async run(): Promise<void> {
    this.output = '';
    const child = spawn(
      'java',
      [
        ...JVM,
        '-cp',
        `${this.jars}/*`,
        'kafka.Kafka',
        path.join(this.directory, 'server.properties'),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(50)) {
      if (child.exitCode !== null) break;
      if (await answers(this.port)) return;
    }
    throw new Error(`the broker did not start: ${this.output.slice(-2_000)}`);
  }

  /** In order, as an administrator would. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Ends it and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    this.child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const late = sleep(STOP_MS, 'late', { ref: false });
    if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
    await ended;
  }

  /** What `kafka-storage format` would write, without starting a second Java for it. */
  private async configure(advertised: number): Promise<void> {
    const data = path.join(this.directory, 'data');
    await mkdir(data);
    await writeFile(path.join(data, 'meta.properties'), META);
    const controller = await freePort();
    const settings = propertiesOf({ data, port: this.port, advertised, controller });
    await writeFile(path.join(this.directory, 'server.properties'), settings);
  }
}

const META = ['version=1', 'cluster.id=b2RvbWV0ZXItdGVzdHMtMQ', 'node.id=1', ''].join('\n');

interface Ports {
  readonly data: string;
  readonly port: number;
  readonly advertised: number;
  readonly controller: number;
}

const propertiesOf = ({ data, port, advertised, controller }: Ports): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertised}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** A port that is free now on the loopback interface. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (open: boolean): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
