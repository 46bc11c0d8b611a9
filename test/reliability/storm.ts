import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultProxy } from '@odometer/testing';
import { seededRandom, type Random } from '../bench/seeded-random.js';
import type { OdometerProcess } from '../e2e/odometer-process.js';
import type { World } from './world.js';

/** What was done to the connections and processes of a run, and how often. */
export interface Weather {
  /** By "PostgreSQL: latency" and the like. */
  readonly faults: Map<string, number>;
  readonly killed: number;
  readonly stopped: number;
  readonly frozen: number;
}

const FAULT_MS_MIN = 150;
const FAULT_MS_MAX = 1_200;
const CALM_MS_MAX = 900;
const LIFE_MS_MIN = 1_000;
const LIFE_MS_MAX = 5_000;
const FREEZE_MS_MAX = 2_500;
/** Past the lease of a projector. */
const LONG_FREEZE_MS = 12_000;
const LONG_FREEZE_SHARE = 0.15;

const KINDS: readonly ((random: Random) => Fault | 'reset')[] = [
  (random) => ({
    kind: 'latency',
    ms: 5 + random.below(150),
    jitterMs: random.below(100),
  }),
  (random) => ({ kind: 'throttle', bytesPerSecond: 2_000 + random.below(60_000) }),
  () => 'black hole',
  () => 'reset',
  (random) => ({ kind: 'cut after', bytes: random.below(3_000) }),
  () => 'cut requests',
  () => 'cut answers',
  () => 'swallow answers',
  () => 'refuse',
];

/** Faults on every connection, and processes killed, stopped and frozen, for so long; then everything is as it was. */
export async function storm(
  world: World,
  options: { readonly seed: number; readonly ms: number; readonly longFreezes: boolean },
): Promise<Weather> {
  const end = performance.now() + options.ms;
  const counts = { killed: 0, stopped: 0, frozen: 0 };
  const links = [...world.proxies].map(([, proxy], at) =>
    spoil(proxy, seededRandom(options.seed + at), end),
  );
  await Promise.all([...links, bother(world, { ...options, end, counts })]);
  const faults = new Map<string, number>();
  for (const [name, proxy] of world.proxies) {
    for (const [kind, count] of proxy.felt()) faults.set(`${name}: ${kind}`, count);
  }
  return { faults, ...counts };
}

/** Each kind once, in an order of chance, then all of them again. */
async function spoil(proxy: FaultProxy, random: Random, end: number): Promise<void> {
  let kinds: (typeof KINDS)[number][] = [];
  while (performance.now() < end) {
    if (kinds.length === 0) kinds = [...KINDS];
    const [kind] = kinds.splice(random.below(kinds.length), 1);
    const fault = kind!(random);
    if (fault === 'reset') proxy.reset();
    else proxy.set(fault);
    const ms = FAULT_MS_MIN + random.below(FAULT_MS_MAX - FAULT_MS_MIN);
    await sleep(fault === 'reset' ? 0 : Math.min(ms, Math.max(end - performance.now(), 0)));
    proxy.set('pass');
    await sleep(random.below(CALM_MS_MAX));
  }
}

interface Bother {
  readonly seed: number;
  readonly end: number;
  readonly longFreezes: boolean;
  readonly counts: { killed: number; stopped: number; frozen: number };
}

/** Each thing that can befall a process once, in an order of chance, then all of them again; it befalls one that is there. */
async function bother(world: World, { seed, end, longFreezes, counts }: Bother): Promise<void> {
  const random = seededRandom(seed + 1_000);
  let whats: (typeof WHATS)[number][] = [];
  while (performance.now() < end) {
    await sleep(LIFE_MS_MIN + random.below(LIFE_MS_MAX - LIFE_MS_MIN));
    const alive = world.places.flatMap(({ process }) => (process === null ? [] : [process]));
    const victim = alive[random.below(Math.max(alive.length, 1))];
    const long = longFreezes && random.next() < LONG_FREEZE_SHARE;
    const freezeMs = long ? LONG_FREEZE_MS : random.below(FREEZE_MS_MAX);
    if (victim === undefined || performance.now() > end) continue;
    if (whats.length === 0) whats = [...WHATS];
    const [what] = whats.splice(random.below(whats.length), 1);
    counts[what!] += 1;
    if (what === 'killed') await victim.kill();
    else if (what === 'stopped') await victim.stop();
    else await freeze(victim, freezeMs);
  }
}

const WHATS = ['killed', 'stopped', 'frozen'] as const;

async function freeze(victim: OdometerProcess, ms: number): Promise<void> {
  victim.freeze();
  await sleep(ms);
  victim.thaw();
}
