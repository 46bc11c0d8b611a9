/** How small transactions have to be after something took too long: of half the bytes each time. */
export class Caution {
  private halvings = 0;

  /** So many of the bytes that a limit allows. */
  bytesOf(limit: number): number {
    return limit / 2 ** this.halvings;
  }

  /** What took too long for the database's time limit would do so again. */
  takeLess(): void {
    this.halvings += 1;
  }

  /** Begins anew where there is little to take in anyway. */
  relax(): void {
    this.halvings = 0;
  }
}
