import type { Random } from '../bench/seeded-random.js';
import type { FaultDice } from './faults.js';
import type { Host } from './host.js';
import type { Scheduler } from './scheduler.js';
import { LEASE_MS } from './sim-node.js';

export interface NemesisOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly dice: FaultDice;
  readonly hosts: readonly Host[];
}

/** Longest pause of a process: well beyond its leases. */
const PAUSE_MS_MAX = LEASE_MS * 2.5;
const DOWN_MS_MAX = 2_000;
const CUT_MS_MAX = 2_000;
/** How wrong a wall clock gets, in virtual milliseconds: four days of business time. */
const SKEW_MS_MAX = 400;

const REBUILT = ['usage', 'usage', 'invoices', 'billing_schedule', 'fees'] as const;

/** Strikes processes as the seed says, until the world is at peace. */
export class Nemesis {
  private over = false;
  private readonly everyMs: number;

  constructor(private readonly options: NemesisOptions) {
    this.everyMs = [300, 600, 1_200][options.random.below(3)]!;
  }

  start(): void {
    const { scheduler, random } = this.options;
    scheduler.schedule(null, random.next() * 2 * this.everyMs, 'nemesis', () => {
      if (this.over) return;
      this.strike();
      this.start();
    });
  }

  /** Ends all faults: what is frozen wakes up in time, what is down starts. */
  end(): void {
    this.over = true;
    this.options.dice.end();
    for (const host of this.options.hosts) {
      if (!host.process) host.start();
    }
  }

  private strike(): void {
    const { random, hosts } = this.options;
    const host = hosts[random.below(hosts.length)]!;
    const strikes = [
      () => this.crash(host),
      () => this.crash(host),
      () => this.freeze(host),
      () => this.freeze(host),
      () => this.cut(host),
      () => this.turnClock(host),
      () => this.rebuild(host),
      () => this.replace(host),
    ];
    strikes[random.below(strikes.length)]!();
  }

  private crash(host: Host): void {
    const { scheduler, random, dice } = this.options;
    if (!host.process) return;
    dice.count('crashes');
    scheduler.note(`${host.name} crashes`);
    host.crash();
    scheduler.schedule(null, random.next() * DOWN_MS_MAX, `${host.name} starts`, () => {
      if (!host.process) host.start();
    });
  }

  private freeze(host: Host): void {
    const { scheduler, random, dice } = this.options;
    const ms = random.next() * PAUSE_MS_MAX;
    dice.count(ms > LEASE_MS ? 'pauses longer than a lease' : 'pauses');
    scheduler.note(`${host.name} is frozen for ${ms} ms`);
    host.pause(ms);
  }

  private cut(host: Host): void {
    const { scheduler, random, dice } = this.options;
    const { process } = host;
    if (!process) return;
    dice.count('processes cut off from the database');
    scheduler.note(`${host.name} is cut off`);
    dice.cut(process);
    scheduler.schedule(null, random.next() * CUT_MS_MAX, `${host.name} is joined`, () =>
      dice.join(process),
    );
  }

  private turnClock(host: Host): void {
    const { random, dice } = this.options;
    dice.count('clocks turned');
    host.skewMs = (random.next() * 2 - 1) * SKEW_MS_MAX;
  }

  private rebuild(host: Host): void {
    const { random, dice, scheduler } = this.options;
    const name = REBUILT[random.below(REBUILT.length)]!;
    dice.count('rebuilds in between');
    scheduler.note(`${host.name} rebuilds ${name}`);
    // It may be given up for many reasons; the rebuild at the end must not.
    host.serve((node) => node.engine.rebuild(name).catch(() => undefined));
  }

  private replace(host: Host): void {
    const { dice, scheduler } = this.options;
    const { process } = host;
    dice.count('processes stopped and replaced');
    scheduler.note(`${host.name} is replaced`);
    host.serve(async (node) => {
      await node.stop();
      if (host.process !== process) return;
      host.crash();
      host.start();
    });
  }
}
