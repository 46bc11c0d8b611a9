import type { EventStore } from '@odometer/event-store';
import { businessTime, CLOCKS_WAIT_AT } from './facts.js';
import type { Actor } from './scheduler.js';
import { SimNode } from './sim-node.js';
import { SimPool, type Wire } from './sim-pool.js';
import { SimStore, type SharedLog } from './sim-store.js';
import { runAs } from './virtual-timers.js';

export interface HostOptions {
  readonly wire: Wire;
  readonly log: SharedLog;
  /** Decorates the store of each process: how bugs are planted. */
  readonly decorate: (store: EventStore) => EventStore;
  readonly onFault: (what: string) => void;
}

/** How long a supervisor waits before it starts a process again that ended by itself. */
const RESTART_MS = 300;

/** A machine that runs one process at a time. Its clocks are wrong by as much as the seed says. */
export class Host {
  private actor: Actor | null = null;
  private pool: SimPool | null = null;
  private node: SimNode | null = null;
  private starts = 0;
  /** Virtual milliseconds that the clocks of this machine are ahead. */
  skewMs = 0;
  /** Business time that everybody jumps to when the world comes to its end. */
  wallClockAtLeast = 0;

  constructor(
    readonly name: string,
    private readonly options: HostOptions,
  ) {}

  get running(): SimNode | null {
    return this.node;
  }

  get process(): Actor | null {
    return this.actor;
  }

  start(): void {
    const { wire, log, decorate, onFault } = this.options;
    const { scheduler, dice } = wire;
    this.starts += 1;
    const actor: Actor = { name: `${this.name}.${this.starts}`, alive: true, pausedUntil: 0 };
    const pool = new SimPool(actor, wire);
    const store = decorate(new SimStore(actor, { log, scheduler, dice }));
    const now = (): number => scheduler.now + this.skewMs;
    const wallClock = (): number =>
      Math.max(Math.min(businessTime(now()), CLOCKS_WAIT_AT), this.wallClockAtLeast);
    const ports = { owner: actor.name, store, pool: pool.asPool(), now, wallClock, onFault };
    Object.assign(this, { actor, pool });
    runAs(actor, scheduler, () => {
      const node = new SimNode(ports);
      this.node = node;
      node.start().catch(() => this.endedItself(actor));
    });
  }

  /** Nothing of the process happens any more, from now on. */
  crash(): void {
    if (!this.actor) return;
    this.actor.alive = false;
    this.options.wire.dice.join(this.actor);
    this.pool?.sever();
    Object.assign(this, { actor: null, pool: null, node: null });
  }

  /** `SIGSTOP`, and `SIGCONT` after a while. */
  pause(ms: number): void {
    if (this.actor) this.actor.pausedUntil = this.options.wire.scheduler.now + ms;
  }

  /** Runs work in the process, as a request to it; nothing when none runs. */
  serve(work: (node: SimNode) => Promise<void>): void {
    const { actor, node } = this;
    if (!actor || !node) return;
    const { scheduler } = this.options.wire;
    scheduler.schedule(actor, 0, 'takes a request', () =>
      runAs(actor, scheduler, () => void work(node)),
    );
  }

  private endedItself(actor: Actor): void {
    if (this.actor !== actor) return;
    const { dice, scheduler } = this.options.wire;
    dice.count('processes that could not start');
    this.crash();
    scheduler.schedule(null, RESTART_MS, `${this.name} starts again`, () => {
      if (this.actor === null) this.start();
    });
  }
}
