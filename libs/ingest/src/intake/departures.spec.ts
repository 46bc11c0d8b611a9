import { Departures, type Gathering } from './departures.js';

const LINGER_MS = 20;

/** A lane whose requests are only counted. */
class Counting implements Gathering {
  private waiting = 0;
  private settlements: (() => void)[] = [];
  /** Requests of each departure. */
  readonly left: number[] = [];

  constructor(private readonly departures: Departures) {}

  come(requests = 1): void {
    for (let n = 0; n < requests; n += 1) {
      this.waiting += 1;
      this.departures.came(this);
    }
  }

  depart(onSettled: () => void): boolean {
    if (this.waiting === 0) return false;
    this.settlements.push(onSettled);
    this.left.push(this.waiting);
    this.vanish();
    return true;
  }

  /** What waits leaves in another way. */
  vanish(): void {
    const { waiting } = this;
    this.waiting = 0;
    this.departures.went(waiting);
  }

  settle(): void {
    this.settlements.shift()?.();
  }
}

function lanes(count: number, lingerMs = LINGER_MS) {
  const departures = new Departures(lingerMs);
  const all = Array.from({ length: count }, () => new Counting(departures));
  return { departures, all: all as [Counting, Counting] };
}

const afterLinger = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, 3 * LINGER_MS));

describe('a departure', () => {
  it('takes a request on a quiet server at once', () => {
    const { all } = lanes(1);
    all[0].come();
    expect(all[0].left).toEqual([1]);
  });

  it('takes from all lanes what came while the last one was under way, when all of that is settled', () => {
    const { departures, all } = lanes(2);
    const [first, second] = all;
    first.come();
    first.come(2);
    second.come(3);
    expect(second.left).toEqual([]);
    first.settle();
    expect([first.left, second.left]).toEqual([[1, 2], [3]]);
    first.come(5);
    first.settle();
    expect(departures.busy).toBe(true);
    expect(first.left).toEqual([1, 2]);
    second.settle();
    expect(first.left).toEqual([1, 2, 5]);
  });

  it('waits for the clients that were just answered until a third of them is there', () => {
    const { departures, all } = lanes(1, 60_000);
    const [lane] = all;
    lane.come();
    lane.come(9);
    lane.settle();
    lane.settle();
    expect(departures.busy).toBe(false);
    lane.come(2);
    expect(lane.left).toEqual([1, 9]);
    lane.come();
    expect(lane.left).toEqual([1, 9, 3]);
  });

  it('counts those that came meanwhile, too', () => {
    const { all } = lanes(1, 60_000);
    const [lane] = all;
    lane.come();
    lane.come(12);
    lane.settle();
    lane.come(3);
    lane.settle();
    expect(lane.left).toEqual([1, 12]);
    lane.come(2);
    expect(lane.left).toEqual([1, 12, 5]);
  });

  it('waits for them for so long and no longer', async () => {
    const { all } = lanes(1);
    const [lane] = all;
    lane.come();
    lane.come(9);
    lane.settle();
    lane.settle();
    lane.come();
    expect(lane.left).toEqual([1, 9]);
    await afterLinger();
    expect(lane.left).toEqual([1, 9, 1]);
  });

  it('does not wait for lanes of which everything has left in another way', async () => {
    const { departures, all } = lanes(1);
    const [lane] = all;
    lane.come();
    lane.come(9);
    lane.settle();
    lane.settle();
    lane.come();
    lane.vanish();
    await afterLinger();
    expect(departures.busy).toBe(false);
    lane.come(3);
    expect(lane.left).toEqual([1, 9, 3]);
  });
});
