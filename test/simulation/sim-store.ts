import {
  StoreUnavailable,
  UnknownOutcome,
  type EventStore,
  type LogPage,
  type SubscribeOptions,
} from '@odometer/event-store';
import type { FaultDice } from './faults.js';
import { runAs } from './virtual-timers.js';
import { settle, type Actor, type Scheduler } from './scheduler.js';

/** How long a subscription sleeps when no notice wakes it. */
const POLL_MS = 1_000;

/** The log that all processes share, and who wants to hear when it moves. */
export interface SharedLog {
  readonly store: EventStore;
  readonly listeners: Set<() => void>;
}

interface Line {
  readonly log: SharedLog;
  readonly scheduler: Scheduler;
  readonly dice: FaultDice;
}

/** The event store as one process sees it: over a network that loses requests, answers, notices and subscriptions. */
export class SimStore implements EventStore {
  constructor(
    private readonly actor: Actor,
    private readonly line: Line,
  ) {}

  append: EventStore['append'] = (streamId, events, options) => {
    const { scheduler, dice, log } = this.line;
    const fate = dice.ofAppend();
    const label = `append ${events.map(({ type }) => type).join(' ')} to ${streamId}`;
    return scheduler.call(this.actor, label, async (answer) => {
      const lost = { error: new UnknownOutcome('the connection died') };
      if (fate === 'lost before') return answer(lost);
      const settled = await settle(() => log.store.append(streamId, events, options));
      for (const listener of [...log.listeners]) listener();
      answer(fate === 'lost after' ? lost : settled);
    });
  };

  readStream: EventStore['readStream'] = (streamId, options) =>
    this.read(`read ${streamId}`, (store) => store.readStream(streamId, options));

  readStreams: EventStore['readStreams'] = (starts) =>
    this.read(`read ${starts.map(({ streamId }) => streamId).join(' ')}`, (store) =>
      store.readStreams(starts),
    );

  readAll: EventStore['readAll'] = (options) =>
    this.read(`read after ${options.after}`, (store) => store.readAll(options));

  readAt: EventStore['readAt'] = (positions) =>
    this.read(`read at ${positions.join(' ')}`, (store) => store.readAt(positions));

  head: EventStore['head'] = () => this.read('head', (store) => store.head());

  verify: EventStore['verify'] = (options) => this.line.log.store.verify(options);

  close(): Promise<void> {
    return Promise.resolve();
  }

  async *subscribe({ signal, ...options }: SubscribeOptions): AsyncGenerator<LogPage> {
    const { dice, log } = this.line;
    let { after } = options;
    const bell = new Bell(this.actor, this.line);
    log.listeners.add(bell.ring);
    try {
      while (!signal?.aborted) {
        bell.reset();
        if (dice.dropsSubscription()) throw new StoreUnavailable('the subscription was dropped');
        const page = await this.readAll({ ...options, after });
        if (page.position > after) {
          after = page.position;
          yield page;
        } else {
          await bell.rung(POLL_MS, signal);
        }
      }
    } finally {
      log.listeners.delete(bell.ring);
    }
  }

  private read<Value>(label: string, work: (store: EventStore) => Promise<Value>): Promise<Value> {
    const { scheduler, dice, log } = this.line;
    const lost = dice.losesRead();
    return scheduler.call(this.actor, label, async (answer) => {
      const failed = { error: new StoreUnavailable('the connection died') };
      answer(lost ? failed : await settle(() => work(log.store)));
    });
  }
}

/** Notices of a log that moved: each takes its time, and some never arrive. */
class Bell {
  private heard = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly actor: Actor,
    private readonly line: Line,
  ) {}

  reset(): void {
    this.heard = false;
  }

  readonly ring = (): void => {
    const { scheduler, dice } = this.line;
    if (!this.actor.alive || dice.losesNotice()) return;
    scheduler.schedule(this.actor, scheduler.random.next() * 5, 'hears of the log', () => {
      this.heard = true;
      this.wake?.();
    });
  };

  rung(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.heard || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const { scheduler } = this.line;
      const done = (): void => {
        this.wake = null;
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = runAs(this.actor, scheduler, () => setTimeout(done, ms));
      signal?.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }
}
