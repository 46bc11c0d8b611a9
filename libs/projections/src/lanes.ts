/**
 * How many shards may hold a connection at once, for live shards and for those of rebuilds apart: in a swap the live ones
 * stand still, connection in hand, until the rebuilt ones have caught up.
 */
export class Lanes {
  private readonly free: Record<'live' | 'next', number>;
  private readonly queues: Record<'live' | 'next', (() => void)[]> = { live: [], next: [] };

  constructor(connections: number) {
    const each = Math.max(1, Math.floor(connections / 2));
    this.free = { live: each, next: each };
  }

  async use<Result>(lane: 'live' | 'next', work: () => Promise<Result>): Promise<Result> {
    if (this.free[lane] > 0) this.free[lane] -= 1;
    else await new Promise<void>((resolve) => this.queues[lane].push(resolve));
    try {
      return await work();
    } finally {
      const waiting = this.queues[lane].shift();
      if (waiting) waiting();
      else this.free[lane] += 1;
    }
  }
}
