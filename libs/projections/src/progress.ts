/** How far a shard is. What it has seen beyond the stored position did not concern it, and need not be stored at once. */
export class Progress {
  private storedPosition: number;
  private seenPosition: number;
  private seenSince = 0;

  constructor(
    position: number,
    private readonly now: () => number,
  ) {
    this.storedPosition = position;
    this.seenPosition = position;
  }

  /** The checkpoint in the table. */
  get stored(): number {
    return this.storedPosition;
  }

  /** Everything up to here is committed, or did not concern the shard. */
  get seen(): number {
    return this.seenPosition;
  }

  /** Positions that are seen and not stored. */
  get ahead(): number {
    return this.seenPosition - this.storedPosition;
  }

  /** How long it has been ahead. */
  get aheadMs(): number {
    return this.now() - this.seenSince;
  }

  /** True when that is news. */
  see(position: number): boolean {
    if (position <= this.seenPosition) return false;
    if (this.ahead === 0) this.seenSince = this.now();
    this.seenPosition = position;
    return true;
  }

  /** The table has this position now. */
  store(position: number): void {
    this.storedPosition = position;
  }

  /** Begins anew where the table stands. */
  reset(position: number): void {
    this.storedPosition = position;
    this.seenPosition = position;
  }
}
