import type { Random } from '../bench/seeded-random.js';
import type { Actor } from './scheduler.js';

export type Fate = 'done' | 'lost before' | 'lost after';

/** What a seed makes of the world's weather: how often single requests get lost. */
export interface Weather {
  readonly statementLost: number;
  readonly appendLost: number;
  readonly readLost: number;
  readonly noticeLost: number;
  readonly subscriptionDropped: number;
}

/** Throws the dice for single requests, and counts what it did. Nothing is lost any more when it is calm. */
export class FaultDice {
  readonly counts = new Map<string, number>();
  private calm = false;
  private readonly cutOff = new Set<Actor>();

  constructor(
    private readonly random: Random,
    private readonly weather: Weather,
  ) {}

  end(): void {
    this.calm = true;
    this.cutOff.clear();
  }

  count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Every statement of the process gets lost until it is joined again. */
  cut(actor: Actor): void {
    this.cutOff.add(actor);
  }

  join(actor: Actor): void {
    this.cutOff.delete(actor);
  }

  ofStatement(actor: Actor): Fate {
    if (this.cutOff.has(actor)) return 'lost before';
    return this.fate(this.weather.statementLost, 'statements lost');
  }

  ofAppend(): Fate {
    return this.fate(this.weather.appendLost, 'appends with unknown outcome');
  }

  losesRead(): boolean {
    return this.happens(this.weather.readLost, 'reads of the log failed');
  }

  losesNotice(): boolean {
    return this.happens(this.weather.noticeLost, 'notices of the log lost');
  }

  dropsSubscription(): boolean {
    return this.happens(this.weather.subscriptionDropped, 'subscriptions dropped');
  }

  private fate(probability: number, kind: string): Fate {
    if (!this.happens(probability, kind)) return 'done';
    return this.random.next() < 0.5 ? 'lost before' : 'lost after';
  }

  private happens(probability: number, kind: string): boolean {
    if (this.calm || this.random.next() >= probability) return false;
    this.count(kind);
    return true;
  }
}

/** Some seeds are calm, some stormy, so that also what rare faults need to go wrong gets its time. */
export function drawWeather(random: Random): Weather {
  const storm = [0, 0.3, 1, 2.5][random.below(4)]!;
  return {
    statementLost: 0.004 * storm,
    appendLost: 0.06 * storm,
    readLost: 0.01 * storm,
    noticeLost: 0.1 * storm,
    subscriptionDropped: 0.02 * storm,
  };
}
