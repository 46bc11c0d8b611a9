import type { Db } from './ledger.js';

interface Goal {
  readonly name: string;
  readonly shard: number;
}

export interface WaitingOptions {
  readonly db: Db;
  readonly pollMs: number;
  readonly now: () => number;
  /** The position of a live shard that this process leases; null for all others. */
  readonly localPosition: (name: string, shard: number) => number | null;
}

/** Waits until live shards have reached a position: at once for those of this process, by looking at the table for others. */
export class Waiting {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: WaitingOptions) {}

  /** To be called whenever a shard of this process has moved. */
  moved(): void {
    for (const listener of [...this.listeners]) listener();
  }

  /** False when the time is over first. */
  async until(goals: readonly Goal[], position: number, timeoutMs: number): Promise<boolean> {
    const deadline = this.options.now() + timeoutMs;
    let missing = goals;
    for (;;) {
      missing = missing.filter(({ name, shard }) => this.behind(name, shard, position));
      const remote = missing.filter(
        ({ name, shard }) => this.options.localPosition(name, shard) === null,
      );
      if (remote.length > 0) {
        const reached = await this.reachedInTable(position);
        missing = missing.filter((goal) => !remote.includes(goal) || !reached.has(keyOf(goal)));
      }
      if (missing.length === 0) return true;
      const left = deadline - this.options.now();
      if (left <= 0) return false;
      await this.change(
        remote.length > 0 ? Math.min(left, this.options.pollMs) : Math.min(left, LOOK_AGAIN_MS),
      );
    }
  }

  private behind(name: string, shard: number, position: number): boolean {
    const local = this.options.localPosition(name, shard);
    return local === null || local < position;
  }

  private async reachedInTable(position: number): Promise<Set<string>> {
    const { rows } = await this.options.db.query<Goal>(
      `SELECT name, shard FROM odometer.projection_shards WHERE target = 'live' AND position >= $1`,
      [position],
    );
    return new Set(rows.map(keyOf));
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.listeners.add(done);
    });
  }
}

/** A shard of this process may go to another one while somebody waits for it. */
const LOOK_AGAIN_MS = 250;

const keyOf = ({ name, shard }: Goal): string => `${name}/${shard}`;
