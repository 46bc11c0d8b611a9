import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaBroker } from '@odometer/testing';
import pg from 'pg';
import { startEventLog, type EventLog } from '../e2e/event-log.js';
import { COUNT_METER, usagePath } from './catalog.js';
import { cpuSecondsOf } from './cpu-time.js';
import { customerOf, type StreamOptions } from './records.js';
import { startTask } from './task.js';
import type { TopicLoad, TopicLoadResult } from './topic-load.js';
import type { World } from './world.js';

const CONNECTIONS = 8;
/** A process reads three side by side. */
const PARTITIONS = '4';
const POLL_MS = 20;
const STORED_MS = 120_000;

/** How one stream of usage went through. */
interface Passage {
  /** Until the last record was acknowledged, and until a query showed everything. */
  readonly acceptedMs: number;
  readonly visibleMs: number;
}

/** Odometer set up in one way. */
export interface Mode {
  readonly name: string;
  readonly world: World;
  readonly send: (stream: StreamOptions) => Promise<Passage>;
  /** Its processes by name, in the order in which usage meets them. */
  readonly pids: () => Promise<ReadonlyMap<string, number>>;
}

/** An EventStoreDB for one mode alone: the server that EVENTSTORE_URL names, or the double. */
export const openEventStore = (): Promise<EventLog> =>
  // The double that `npm run bench` has compiled.
  startEventLog({ directory: fileURLToPath(new URL('../..', import.meta.url)) }, 'eventstoredb');

/** Usage comes in over HTTP, into the log; one process does everything. */
export function throughHttp(name: string, world: World, eventStore: EventLog | null): Mode {
  return {
    name,
    world,
    send: async (stream) => {
      const load = { connections: CONNECTIONS, untilVisible: true };
      const { elapsedMs, visibleMs } = await world.send('batches', stream, load);
      return { acceptedMs: elapsedMs, visibleMs };
    },
    pids: () => pidsOf(world, { EventStoreDB: eventStore?.pid }),
  };
}

interface TopicOptions {
  readonly kafka: KafkaBroker;
  readonly topic: string;
  /** Whether applications write to the topic themselves, or send to the server's door. */
  readonly direct: boolean;
  readonly eventStore: EventLog | null;
}

/** Usage comes through a topic. */
export function throughTopic(name: string, world: World, options: TopicOptions): Mode {
  const { kafka, topic, direct, eventStore } = options;
  let records = 0;
  return {
    name,
    world,
    send: async (stream) => {
      records += stream.records;
      const passage = new TopicPassage(world, records);
      const work = direct
        ? await writing(world, { brokers: kafka.address, topic, stream })
        : () => posting(world, stream);
      return passage.during(work);
    },
    pids: () => pidsOf(world, { Kafka: kafka.pid, EventStoreDB: eventStore?.pid }),
  };
}

async function posting(world: World, stream: StreamOptions): Promise<number> {
  const load = { connections: CONNECTIONS, untilVisible: false };
  return (await world.send('batches', stream, load)).elapsedMs;
}

/** Prepares it; the work itself begins with the call of what this answers. */
async function writing(world: World, input: TopicLoad): Promise<() => Promise<number>> {
  const task = await startTask<TopicLoad, TopicLoadResult>('./topic-load.js', input);
  return async () => {
    const result = await task.run();
    world.remember(input.stream, { ...result, position: 0 });
    return result.elapsedMs;
  };
}

/** Nobody who writes to a topic is told a position: it is over when all records are in segments that were folded, and the log's end is visible. */
class TopicPassage {
  constructor(
    private readonly world: World,
    private readonly records: number,
  ) {}

  async during(work: () => Promise<number>): Promise<Passage> {
    const [acceptedMs, visibleMs] = await Promise.all([
      work(),
      this.untilVisible(performance.now()),
    ]);
    return { acceptedMs, visibleMs };
  }

  private async untilVisible(start: number): Promise<number> {
    await this.untilStored(start + STORED_MS);
    const { world } = this;
    const { position } = await world.api.get<{ position: number }>('/health');
    world.position = Math.max(world.position, position);
    await world.api.get(usagePath(COUNT_METER, world.window, customerOf(0)), world.position);
    return performance.now() - start;
  }

  private async untilStored(latest: number): Promise<void> {
    const client = new pg.Client({ connectionString: this.world.url });
    await client.connect();
    try {
      while (performance.now() < latest) {
        const { rows } = await client.query<{ stored: string }>(
          'SELECT coalesce(sum(records), 0) AS stored FROM rm_usage.segment',
        );
        if (Number(rows[0]?.stored) >= this.records) return;
        await sleep(POLL_MS);
      }
    } finally {
      await client.end();
    }
    throw new Error(`${this.records} records were not stored in ${STORED_MS} ms`);
  }
}

async function pidsOf(
  world: World,
  others: Readonly<Record<string, number | null | undefined>>,
): Promise<ReadonlyMap<string, number>> {
  const known = Object.entries(others).flatMap(([name, pid]) =>
    pid == null ? [] : [[name, pid] as const],
  );
  const [postgres] = await world.query<{ directory: string }>(
    `SELECT current_setting('data_directory') AS directory`,
  );
  const postmaster = await readFile(`${postgres?.directory}/postmaster.pid`, 'utf8');
  return new Map([...world.pids, ...known, ['PostgreSQL', Number(postmaster.split('\n')[0])]]);
}

/** What topics need of the server's environment. */
export const topicVariables = (kafka: KafkaBroker, topic: string): Record<string, string> => ({
  KAFKA_BROKERS: kafka.address,
  KAFKA_USAGE_TOPIC: topic,
  KAFKA_TOPIC_PARTITIONS: PARTITIONS,
});

/** Seconds on processors since the start of each process. Without those that nobody can count. */
export async function cpuTimes(mode: Mode): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const [name, pid] of await mode.pids()) {
    const seconds = await cpuSecondsOf(pid);
    if (seconds !== null) times.set(name, seconds);
  }
  return times;
}
