import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor, Happening, Scheduler } from './scheduler.js';

interface Running {
  readonly actor: Actor;
  readonly scheduler: Scheduler;
}

/** Whose code is running: it follows the code through its promises. */
const running = new AsyncLocalStorage<Running>();

/** Runs the code of a process: its timers are the scheduler's. */
export function runAs<Result>(actor: Actor, scheduler: Scheduler, work: () => Result): Result {
  return running.run({ actor, scheduler }, work);
}

/** Runs code of the simulation itself, which lives in real time. */
export function runOutside<Result>(work: () => Result): Result {
  return running.exit(work);
}

class VirtualTimer {
  constructor(
    private readonly scheduler: Scheduler,
    private readonly happening: Happening,
  ) {}

  cancel(): void {
    this.scheduler.cancel(this.happening);
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}

type Callback = (...args: unknown[]) => void;

/** Puts virtual time behind the global timers, for the code of simulated processes only. Answers what takes it away again. */
export function installVirtualTimers(): () => void {
  const real = { setTimeout, clearTimeout, setImmediate, clearImmediate };
  const later = (label: string, callback: Callback, ms: number): VirtualTimer | null => {
    const current = running.getStore();
    if (current === undefined) return null;
    const { actor, scheduler } = current;
    const happening = scheduler.schedule(actor, ms, label, () => runAs(actor, scheduler, callback));
    return new VirtualTimer(scheduler, happening);
  };
  const cancelOr = (cancel: (timer: never) => void) => (timer: unknown) => {
    if (timer instanceof VirtualTimer) timer.cancel();
    else cancel(timer as never);
  };
  Object.assign(globalThis, {
    setTimeout: Object.assign(
      (callback: Callback, ms = 0, ...args: unknown[]) =>
        later('timer', () => callback(...args), ms) ?? real.setTimeout(callback, ms, ...args),
      real.setTimeout,
    ),
    clearTimeout: cancelOr(real.clearTimeout),
    setImmediate: Object.assign(
      (callback: Callback, ...args: unknown[]) =>
        later('immediate', () => callback(...args), 0) ?? real.setImmediate(callback, ...args),
      real.setImmediate,
    ),
    clearImmediate: cancelOr(real.clearImmediate),
  });
  return () => Object.assign(globalThis, real);
}
