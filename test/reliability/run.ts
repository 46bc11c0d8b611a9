import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../bench/seeded-random.js';
import { COUNT_METER, CrashAudit } from '../e2e/crash-audit.js';
import { auditUsage, differences, recount, type Findings } from './audit.js';
import { CUSTOMERS, Load } from './load.js';
import { storm, type Weather } from './storm.js';
import type { RebuildCheck } from './second-look.js';
import { World, type Setting } from './world.js';

/** How long everything may take to be as if nothing had been, once the faults are over. */
const HEALED_MS = 120_000;
/** A count and a sum. */
const TOTALS_EACH = 2;
const QUIET_MS = 1_500;

export interface RunOptions {
  readonly setting: Setting;
  readonly seed: number;
  readonly ms: number;
  readonly longFreezes: boolean;
}

export interface RunReport {
  readonly options: RunOptions;
  readonly weather: Weather;
  readonly sent: number;
  readonly acknowledged: number;
  /** Requests that were answered 429 or 5xx, and those without an answer. */
  readonly turnedAway: number;
  readonly unanswered: number;
  /** Sent, never acknowledged, and counted all the same: allowed, since nobody was told that they do not. */
  readonly openButCounted: number;
  readonly failedStarts: number;
  /** From the end of the faults until everything acknowledged was visible. */
  readonly healedMs: number;
  readonly findings: Findings;
  /** Totals that were added up once more from the records in the log, and where they differ. */
  readonly recounted: { readonly totals: number; readonly differing: readonly string[] };
  readonly rebuild: RebuildCheck;
  /** What the verification of the log says. */
  readonly log: string;
}

/** Load, under faults of all kinds, then calm; and the audit of what came of it. */
export async function run(options: RunOptions): Promise<RunReport> {
  const random = seededRandom(options.seed);
  const world = await World.open(options.setting, random);
  try {
    const audit = new CrashAudit(() => world.doors[0] ?? 'http://127.0.0.1:1');
    await audit.setUp();
    const load = new Load(() => world.doors, random);
    const loading = load.run();
    await sleep(500);
    const weather = await storm(world, options);
    const calmAt = performance.now();
    load.end();
    await loading;
    await healed(world, audit, load);
    const healedMs = Math.round(performance.now() - calmAt);
    const { ledger } = load;
    const shown = await audit.shown(CUSTOMERS, ledger.position);
    const log = await world.verifyLog();
    const { counted, rebuild } = await world.secondLook();
    const open = [...shown.listed.keys()].filter((id) => !ledger.acknowledged.has(id));
    return {
      options,
      weather,
      sent: ledger.sent.size,
      acknowledged: ledger.acknowledged.size,
      turnedAway: ledger.turnedAway,
      unanswered: ledger.unanswered,
      openButCounted: open.length,
      failedStarts: world.places.reduce((sum, { failures }) => sum + failures.length, 0),
      healedMs,
      findings: auditUsage(ledger, shown),
      recounted: {
        totals: shown.totals.size * TOTALS_EACH,
        differing: differences(shown.totals, recount(counted)),
      },
      rebuild,
      log,
    };
  } finally {
    await world.close();
  }
}

/** Waits until all of it is visible and the log stands still; at most so long, for what is lost never comes. */
async function healed(world: World, audit: CrashAudit, { ledger }: Load): Promise<void> {
  const end = performance.now() + HEALED_MS;
  await Promise.all(world.places.map((place) => place.up()));
  let before = -1;
  while (performance.now() < end) {
    const now = await visible(audit, ledger.position);
    const complete = now !== null && now >= ledger.acknowledged.size;
    if (complete && now === before) return;
    before = complete ? now : -1;
    await sleep(complete ? QUIET_MS : 200);
  }
}

/** Null while nobody can tell. */
async function visible(audit: CrashAudit, position: number): Promise<number | null> {
  try {
    return await audit.total(COUNT_METER, position);
  } catch {
    return null;
  }
}
