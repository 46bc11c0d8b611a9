import type { EventStore } from '@odometer/event-store';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { seededRandom, type Random } from '../bench/seeded-random.js';
import { checkInvoices, checkLog, checkUsage } from './checks.js';
import { dump } from './dump.js';
import { appendFacts, LAST_BUSINESS_INSTANT } from './facts.js';
import { drawWeather, FaultDice } from './faults.js';
import { Host } from './host.js';
import { Nemesis } from './nemesis.js';
import { NeverSettles, Scheduler } from './scheduler.js';
import { SimClient, type Ledger } from './sim-client.js';
import type { Wire } from './sim-pool.js';
import type { SharedLog } from './sim-store.js';
import type { Stage } from './stage.js';
import { installVirtualTimers } from './virtual-timers.js';
import { FencingWatch } from './fencing-watch.js';

/** A bug that is put into the world on purpose, to see that it is found. */
export interface Plant {
  readonly rewrite?: (text: string) => string;
  readonly decorate?: (store: EventStore) => EventStore;
}

export interface Played {
  readonly seed: number;
  /** What was wrong; empty = all invariants hold. */
  readonly problems: readonly string[];
  readonly traceHash: string;
  readonly happenings: number;
  readonly virtualMs: number;
  readonly acknowledged: number;
  /** How often each kind of fault was injected. */
  readonly faults: ReadonlyMap<string, number>;
}

export interface PlayOptions {
  readonly plant?: Plant;
  readonly trace?: (line: string) => void;
}

/** Virtual time in which things go wrong. */
const TURBULENT_MS = 5_000;
const APPLICATIONS = 3;
/** After the trouble, what was sent in it has arrived by then; see the scheduler's latency. */
const LAST_ARRIVAL_MS = 400;

/** Plays one world from a seed, and looks at what became of it. */
export async function play(stage: Stage, seed: number, options: PlayOptions = {}): Promise<Played> {
  await stage.sweep();
  const world = await createWorld(stage, seed, options);
  const takeTimersAway = installVirtualTimers();
  try {
    await live(world);
    await checkAll(world, stage);
  } catch (error) {
    if (!(error instanceof NeverSettles)) throw error;
    world.problems.push(`never settles: ${error.message}`);
  } finally {
    takeTimersAway();
    for (const host of world.hosts) host.crash();
    await stage.server.abandon();
  }
  const { scheduler, dice, ledger } = world;
  return {
    seed,
    problems: world.problems,
    traceHash: scheduler.traceHash(),
    happenings: scheduler.count,
    virtualMs: Math.round(scheduler.now),
    acknowledged: ledger.acknowledged.length,
    faults: dice.counts,
  };
}

interface World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly dice: FaultDice;
  readonly store: EventStore;
  readonly hosts: readonly Host[];
  readonly clients: readonly SimClient[];
  readonly nemesis: Nemesis;
  readonly ledger: Ledger;
  readonly problems: string[];
}

async function createWorld(stage: Stage, seed: number, options: PlayOptions): Promise<World> {
  const random = seededRandom(seed);
  const scheduler = new Scheduler(random, options.trace);
  const dice = new FaultDice(random, drawWeather(random));
  const store = createInMemoryEventStore();
  await appendFacts(store, random);
  const problems: string[] = [];
  const log: SharedLog = { store, listeners: new Set() };
  const watch = new FencingWatch(stage.server, dice, problems);
  const { rewrite = same, decorate = same } = options.plant ?? {};
  const wire: Wire = {
    scheduler,
    dice,
    rewrite,
    server: stage.server,
    onDone: (actor, text, settled) => watch.look(actor, text, settled),
  };
  const onFault = (what: string): void => void problems.push(`stopped: ${what}`);
  const hosts = Array.from(
    { length: random.next() < 0.7 ? 2 : 3 },
    (_, i) => new Host(`node ${i + 1}`, { wire, log, decorate, onFault }),
  );
  const ledger: Ledger = { sent: [], acknowledged: [], corrected: [] };
  const clients = Array.from({ length: APPLICATIONS }, (_, i) => {
    const records = 10 + random.below(11);
    const count = (kind: string): void => dice.count(kind);
    return new SimClient(i + 1, {
      ...{ scheduler, random, hosts, ledger, records, count },
      overMs: TURBULENT_MS * 0.8,
    });
  });
  const nemesis = new Nemesis({ scheduler, random, dice, hosts });
  return { random, scheduler, dice, store, hosts, clients, nemesis, ledger, problems };
}

const same = <Value>(value: Value): Value => value;

/** Trouble first; then peace, in which everything has to come to its end. */
async function live({ random, scheduler, hosts, clients, nemesis, store }: World): Promise<void> {
  for (const host of hosts) host.start();
  for (const client of clients) client.start();
  nemesis.start();
  await scheduler.run(() => scheduler.now >= TURBULENT_MS);
  scheduler.turbulent = false;
  scheduler.note('peace');
  nemesis.end();
  const awakeSince = (): number =>
    Math.max(TURBULENT_MS, ...hosts.map(({ process }) => process?.pausedUntil ?? 0));
  const settled = (): boolean =>
    scheduler.now >= awakeSince() + LAST_ARRIVAL_MS &&
    clients.every(({ done }) => done) &&
    hosts.every(({ running }) => running?.intake.stats().queuedRecords === 0);
  await scheduler.run(settled);
  // Mostly one bills what is left, which is quicker; sometimes all at once.
  const billers = random.next() < 0.2 ? hosts : hosts.slice(0, 1);
  for (const host of billers) host.wallClockAtLeast = LAST_BUSINESS_INSTANT;
  await request(hosts, scheduler, async (node) => {
    const billed = await node.bill();
    return billed !== null && node.engine.waitFor('all', await store.head(), 2_000);
  });
}

type Work = Parameters<Host['serve']>[0] extends (node: infer Node) => unknown
  ? (node: Node) => Promise<boolean>
  : never;

/** Asks a process for something until it has worked. */
async function request(hosts: readonly Host[], scheduler: Scheduler, work: Work): Promise<void> {
  let done = false;
  const ask = (): void => {
    const [host] = hosts;
    host?.serve(async (node) => {
      done = await work(node).catch(() => false);
    });
    scheduler.schedule(null, ASK_AGAIN_MS, 'asks again', () => {
      if (!done) ask();
    });
  };
  ask();
  await scheduler.run(() => done);
}

const ASK_AGAIN_MS = 5_000;

async function checkAll(world: World, { database }: Stage): Promise<void> {
  const { store, ledger, problems, hosts, scheduler, random } = world;
  const { pool } = database;
  problems.push(...(await checkLog(store, ledger)));
  problems.push(...(await checkUsage(pool, store)));
  problems.push(...(await checkInvoices(pool, store)));
  const rebuilt = random.next() < 0.7 ? 'usage' : 'invoices';
  const before = await dump(pool, rebuilt);
  await request(hosts, scheduler, async (node) => {
    await node.engine.rebuild(rebuilt);
    return true;
  });
  if ((await dump(pool, rebuilt)).text !== before.text) {
    problems.push(`${rebuilt}, rebuilt, is not what it was`);
  }
}
