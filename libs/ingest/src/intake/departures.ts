/** What gathers requests between departures. */
export interface Gathering {
  /** Sends what has gathered on its way, and calls `onSettled` when all of it is stored or has failed; not at all when nothing has to go. */
  depart(onSettled: () => void): boolean;
}

/**
 * Of the requests that were there when a departure settled, waiting or in it, the part that makes the next one worth its while. With a third a server is never without both, requests to
 * read and a commit under way, though commits take now longer, now shorter than reading; with a half it often is.
 */
const ENOUGH = 1 / 3;

/**
 * When that leaves for the log which does not fill a segment: from all lanes at once, so that one commit carries it, and while no other departure is under
 * way. A request on a quiet server leaves at once. On a busy one a departure waits, for `lingerMs` at most, for the clients that the last one answered, which are about to
 * send more: so they fall into two parts by themselves, of which one is being committed while the other is answered and read.
 */
export class Departures {
  private readonly gathering = new Set<Gathering>();
  /** Requests that wait. */
  private waiting = 0;
  /** Requests of the departure under way, and lanes of which it is not settled. */
  private left = 0;
  private underway = 0;
  private enough = 1;
  private linger: NodeJS.Timeout | null = null;

  constructor(private readonly lingerMs: number) {}

  /** Whether a departure is under way. */
  get busy(): boolean {
    return this.underway > 0;
  }

  /** A request has come to `where`. */
  came(where: Gathering): void {
    this.waiting += 1;
    this.gather(where);
  }

  /** What waits in `where` shall depart. */
  gather(where: Gathering): void {
    this.gathering.add(where);
    if (this.underway === 0) this.wait();
  }

  /** So many requests wait no more. */
  went(requests: number): void {
    this.waiting -= requests;
  }

  private wait(): void {
    if (this.waiting >= this.enough) this.depart();
    else this.linger ??= setTimeout(() => this.endOfLinger(), this.lingerMs);
  }

  /** After a busy moment the time is over before anything of what came meanwhile was read. */
  private endOfLinger(): void {
    setImmediate(() => this.depart());
  }

  private depart(): void {
    if (this.linger !== null) clearTimeout(this.linger);
    this.linger = null;
    if (this.underway > 0) return;
    const lanes = [...this.gathering];
    this.gathering.clear();
    const before = this.waiting;
    for (const lane of lanes) if (lane.depart(this.onSettled)) this.underway += 1;
    this.left = before - this.waiting;
  }

  private readonly onSettled = (): void => {
    this.underway -= 1;
    if (this.underway > 0) return;
    this.enough = Math.max(1, Math.round((this.left + this.waiting) * ENOUGH));
    if (this.waiting > 0) this.wait();
  };
}
