import { createHash, type Hash } from 'node:crypto';
import type { Random } from '../bench/seeded-random.js';

/** A process of the simulated world: what it waits for is dropped when it is dead, and put off while it is paused. */
export interface Actor {
  readonly name: string;
  alive: boolean;
  /** Virtual milliseconds; in the past for one that runs. */
  pausedUntil: number;
}

export type Settled<Value> = { readonly value: Value } | { readonly error: Error };

export interface Happening {
  readonly at: number;
  readonly order: number;
  readonly actor: Actor | null;
  readonly label: string;
  readonly act: () => void | Promise<void>;
}

/** Thrown when a world does not come to rest. */
export class NeverSettles extends Error {
  override readonly name = 'NeverSettles';
}

/** Things that happen in one world at most; the usual one has a few thousand. */
export const HAPPENINGS_MAX = 150_000;

/** Requests of a dead process that were on the wire still arrive, with this chance. */
const ARRIVES_FROM_THE_DEAD = 0.5;

/**
 * Virtual time. Everything that a process waits for is a happening at an instant; they are taken one by one, in order of time, and the
 * next one only when all code that the last one woke has come to its next wait. So a seed decides all interleavings.
 */
export class Scheduler {
  private readonly queue: Happening[] = [];
  private order = 0;
  private happened = 0;
  private readonly digest: Hash = createHash('sha256');
  now = 0;
  /** Off when faults are over: then every answer takes a millisecond. */
  turbulent = true;

  constructor(
    readonly random: Random,
    private readonly tell: (line: string) => void = () => undefined,
  ) {}

  get count(): number {
    return this.happened;
  }

  /** Of everything that happened, in order: the same seed has the same hash. */
  traceHash(): string {
    return this.digest.copy().digest('hex');
  }

  schedule(
    actor: Actor | null,
    delayMs: number,
    label: string,
    act: () => void | Promise<void>,
  ): Happening {
    this.order += 1;
    const happening = { at: this.now + Math.max(0, delayMs), order: this.order, actor, label, act };
    this.insert(happening);
    return happening;
  }

  cancel(happening: Happening): void {
    const at = this.queue.indexOf(happening);
    if (at >= 0) this.queue.splice(at, 1);
  }

  /**
   * A request over the network: `serve` runs where it arrives, and answers; request and answer take their time. Whoever asked may be dead by
   * then, and the request then arrives or does not.
   */
  call<Value>(
    actor: Actor,
    label: string,
    serve: (answer: (settled: Settled<Value>) => void) => Promise<void>,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const answer = (settled: Settled<Value>): void => {
        const outcome = 'error' in settled ? nameOf(settled.error) : 'ok';
        this.schedule(actor, this.latency(), `${label}: ${outcome}`, () => {
          if ('error' in settled) reject(settled.error);
          else resolve(settled.value);
        });
      };
      this.schedule(null, this.latency(), `${actor.name} asks ${label}`, async () => {
        if (actor.alive || this.chance(ARRIVES_FROM_THE_DEAD)) await serve(answer);
      });
    });
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** Takes what happens next, until `done` says that it is enough. */
  async run(done: () => boolean): Promise<void> {
    while (!done()) {
      const next = this.queue.shift();
      if (next === undefined) throw new NeverSettles('nothing can happen any more');
      this.happened += 1;
      if (this.happened > HAPPENINGS_MAX) throw new NeverSettles(`no rest at ${next.at} ms`);
      this.now = Math.max(this.now, next.at);
      await this.take(next);
    }
  }

  note(line: string): void {
    const text = `${this.now.toFixed(3)} ${line}`;
    this.digest.update(`${text}\n`);
    this.tell(text);
  }

  private async take(next: Happening): Promise<void> {
    const { actor } = next;
    if (actor !== null) {
      if (!actor.alive) return;
      if (actor.pausedUntil > this.now) {
        this.insert({ ...next, at: actor.pausedUntil });
        return;
      }
    }
    this.note(`${actor?.name ?? '-'} ${next.label}`);
    await next.act();
    await quiet();
  }

  /** Most answers come at once, some late, a few very late: late ones overtake each other. */
  private latency(): number {
    if (!this.turbulent) return 1;
    const kind = this.random.next();
    const upTo = kind < 0.8 ? 2 : kind < 0.96 ? 20 : 300;
    return this.random.next() * upTo;
  }

  private insert(happening: Happening): void {
    let at = this.queue.length;
    while (at > 0 && isBefore(happening, this.queue[at - 1]!)) at -= 1;
    this.queue.splice(at, 0, happening);
  }
}

const isBefore = (a: Happening, b: Happening): boolean =>
  a.at < b.at || (a.at === b.at && a.order < b.order);

const nameOf = (error: Error): string => `${error.name} ${error.message}`;

/** A tick comes after all promises that can go on have gone on; unlike a turn of the event loop it costs next to nothing. */
const quiet = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export async function settle<Value>(work: () => Promise<Value>): Promise<Settled<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
