import { KafkaBroker } from '@odometer/testing';
import type { EventLog } from '../e2e/event-log.js';
import {
  cpuTimes,
  openEventStore,
  throughHttp,
  throughTopic,
  topicVariables,
  type Mode,
} from './modes.js';
import type { Tell } from './phases.js';
import { rowOf, type Round, type Row } from './rows.js';
import { spreadOf } from './spread.js';
import { findMismatches } from './verify.js';
import { perSecond, type World } from './world.js';

const DEFAULT = 'the default mode: HTTP in, one process, log in PostgreSQL';
const MICROSECONDS = 1e6;
/** Before the rounds, so that what starts slowly has started. */
const WARM_UP_SHARE = 4;

interface Distributed {
  readonly rows: readonly Row[];
  /** Time on processors for each record, by mode and process. */
  readonly costs: readonly Cost[];
}

export interface Cost {
  readonly mode: string;
  readonly process: string;
  /** Microseconds; a median. */
  readonly micros: number;
}

/** One round of one mode. */
interface Figures {
  readonly accepted: number;
  readonly visible: number;
  /** Microseconds for each record. */
  readonly cpu: ReadonlyMap<string, number>;
}

/**
 * The distributed ways to run, each beside the default in the same rounds with the same records. Every mode has a database of its own on one
 * PostgreSQL; all servers run all the time, one is loaded at a time.
 */
export async function measureDistributed(world: World, tell: Tell): Promise<Distributed> {
  const set = new ModeSet(world, tell);
  try {
    const modes = await set.open();
    const figures = await allRounds(world, modes, tell);
    for (const mode of modes) await refuseMismatches(mode, tell);
    return { rows: rowsOf(modes, figures), costs: costsOf(modes, figures) };
  } finally {
    await set.close();
  }
}

const APART = ['projector', 'ingest', 'api'];

/** The modes, and the servers that they need beside PostgreSQL. */
class ModeSet {
  private readonly worlds: World[] = [];
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly world: World,
    private readonly tell: Tell,
  ) {}

  /** The default first. */
  async open(): Promise<readonly Mode[]> {
    const modes = [throughHttp('default', this.world, null)];
    await this.start(this.world, 'all');
    const apart = await this.world.beside('roles_apart', {});
    await this.start(apart, 'projector', 'api,ingest');
    modes.push(throughHttp('roles apart', apart, null));
    const eventStore = await this.eventStore();
    const own = await this.world.beside('on_eventstoredb', eventStore.environment);
    await this.start(own, 'all');
    modes.push(throughHttp('EventStoreDB underneath, one process', own, eventStore));
    return [...modes, ...(await this.withKafka())];
  }

  async close(): Promise<void> {
    for (const world of this.worlds) await world.rest();
    for (const stop of this.stops) await stop();
  }

  private async withKafka(): Promise<Mode[]> {
    const kafka = await this.kafka();
    if (kafka === null) return [];
    const topic = 'bench.door';
    const own = await this.world.beside('on_kafka', topicVariables(kafka, topic));
    await this.start(own, ...APART);
    const door = { kafka, topic, direct: false, eventStore: null };
    const modes = [throughTopic('HTTP through Kafka, roles apart', own, door)];
    if (process.env['EVENTSTORE_URL']) {
      this.tell('one server of EventStoreDB serves one log: nothing runs apart');
      return modes;
    }
    return [...modes, await this.apart(kafka)];
  }

  /** As docker/compose.distributed.yaml does it; nothing is billed here. */
  private async apart(kafka: KafkaBroker): Promise<Mode> {
    const eventStore = await this.eventStore();
    const topic = 'bench.apart';
    const variables = { ...topicVariables(kafka, topic), ...eventStore.environment };
    const own = await this.world.beside('apart', variables);
    await this.start(own, ...APART);
    const name = 'Kafka in, EventStoreDB underneath, roles apart';
    return throughTopic(name, own, { kafka, topic, direct: true, eventStore });
  }

  private async start(world: World, ...roles: readonly string[]): Promise<void> {
    this.worlds.push(world);
    await world.serve(...roles);
    await world.setUp();
    this.tell(`${roles.join(', ')}: up`);
  }

  private async eventStore(): Promise<EventLog> {
    const eventStore = await openEventStore();
    this.stops.push(() => eventStore.stop());
    return eventStore;
  }

  private async kafka(): Promise<KafkaBroker | null> {
    try {
      const kafka = await KafkaBroker.start();
      this.stops.push(() => kafka.remove());
      return kafka;
    } catch (error) {
      this.tell(`without Kafka: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }
}

async function allRounds(
  { options }: World,
  modes: readonly Mode[],
  tell: Tell,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const figures = new Map<string, Figures[]>(modes.map(({ name }) => [name, []]));
  for (const mode of modes) await once(mode, Math.ceil(options.records / WARM_UP_SHARE));
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const mode of modes) {
      const found = await once(mode, options.records);
      figures.get(mode.name)?.push(found);
      const cpu = [...found.cpu].map(([name, micros]) => `${name} ${micros.toFixed(1)}`);
      const rate = Math.round(found.visible).toLocaleString('en');
      tell(`${round}/${options.rounds} ${mode.name}: ${rate}/s; µs of CPU: ${cpu.join(', ')}`);
    }
  }
  return figures;
}

async function once(mode: Mode, records: number): Promise<Figures> {
  const stream = mode.world.newStream(records);
  const before = await cpuTimes(mode);
  const { acceptedMs, visibleMs } = await mode.send(stream);
  const after = await cpuTimes(mode);
  const cpu = new Map<string, number>();
  for (const [name, seconds] of after) {
    cpu.set(name, ((seconds - (before.get(name) ?? 0)) / records) * MICROSECONDS);
  }
  return { accepted: perSecond(records, acceptedMs), visible: perSecond(records, visibleMs), cpu };
}

/** Figures of a mode that counts wrongly are worth nothing. */
async function refuseMismatches({ name, world }: Mode, tell: Tell): Promise<void> {
  const faults = await findMismatches(world);
  if (faults.length > 0) throw new Error(`${name}: wrong totals\n  ${faults.join('\n  ')}`);
  tell(`${name}: totals are right`);
}

const totalOf = ({ cpu }: Figures): number =>
  [...cpu.values()].reduce((sum, micros) => sum + micros, 0);

function rowsOf(
  [standard, ...others]: readonly Mode[],
  figures: ReadonlyMap<string, readonly Figures[]>,
): Row[] {
  const baseline = figures.get(standard!.name) ?? [];
  return others.flatMap(({ name }) => {
    const own = figures.get(name) ?? [];
    const rounds = (of: (one: Figures) => number): Round[] =>
      own.map((one, at) => ({ subject: of(one), baseline: of(baseline[at]!) }));
    const against = DEFAULT;
    const rows = [
      rowOf(
        { what: `${name}: in → visible`, against, unit: 'records/s' },
        null,
        rounds(({ visible }) => visible),
      ),
      rowOf(
        { what: `${name}: acknowledged`, against, unit: 'records/s' },
        null,
        rounds(({ accepted }) => accepted),
      ),
    ];
    if (own.some(({ cpu }) => cpu.size === 0)) return rows;
    const cpu = { what: `${name}: CPU of all processes`, against, unit: 'µs a record' };
    return [...rows, rowOf(cpu, null, rounds(totalOf))];
  });
}

function costsOf(modes: readonly Mode[], figures: ReadonlyMap<string, readonly Figures[]>): Cost[] {
  return modes.flatMap(({ name: mode }) => {
    const own = figures.get(mode) ?? [];
    const names = [...(own[0]?.cpu.keys() ?? [])];
    return names.map((process) => {
      const { median } = spreadOf(own.map(({ cpu }) => cpu.get(process) ?? 0));
      return { mode, process, micros: median };
    });
  });
}
