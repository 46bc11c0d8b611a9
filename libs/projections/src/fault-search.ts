/**
 * Finds the event that a transaction failed for, by halves: of those among which it must be, half are the next transaction. When that one succeeds it
 * stays, and the other half is left; when it fails, it is what is left. One event that fails by itself is the one, and all before it are applied. After
 * n events that is about log2(n) transactions, which take in less than twice the n events.
 *
 * A fault that does not come back leaves nobody to suspect. Transactions then grow again, doubled each time, so that a handler that cannot apply so many
 * events together, but each of them, gets on.
 */
export class FaultSearch {
  /** So many events behind the checkpoint could not be applied together. */
  private suspects = 0;
  private unsuspectedMax = Infinity;

  /** Events that the next transaction may take in. */
  get eventsMax(): number {
    return this.suspects > 0 ? Math.ceil(this.suspects / 2) : this.unsuspectedMax;
  }

  /** Events that are worth reading at a time: what lies behind the suspects may never be applied. */
  get readMax(): number {
    return this.suspects > 0 ? this.suspects : Infinity;
  }

  /** A transaction of so many events could not be applied. Answers whether it is clear which one is to blame: its last; if not, it will be. */
  failed(events: number): boolean {
    if (events < 2) return true;
    this.suspects = events;
    this.unsuspectedMax = 1;
    return false;
  }

  /** A transaction of so many events is committed. */
  succeeded(events: number): void {
    this.suspects = Math.max(0, this.suspects - events);
    if (this.suspects === 0) this.unsuspectedMax *= 2;
  }
}
