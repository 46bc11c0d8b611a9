/**
 * The position that the log is known to have reached, and those who wait for it to move. Commits of this process and notifications
 * of others advance it; `refresh` asks the log itself.
 */
export class LogHead {
  private position = 0;
  private readonly waiting = new Set<() => void>();
  private refreshing: Promise<void> | null = null;

  constructor(private readonly read: () => Promise<number>) {}

  get known(): number {
    return this.position;
  }

  advance(position: number): void {
    if (position <= this.position) return;
    this.position = position;
    for (const wake of [...this.waiting]) wake();
  }

  /** However many ask at once, the log is read once. */
  refresh(): Promise<void> {
    this.refreshing ??= this.read()
      .then((position) => this.advance(position))
      .finally(() => {
        this.refreshing = null;
      });
    return this.refreshing;
  }

  /** Resolves when the head moves, after `ms`, or on `signal`; true when the time was up. */
  waitForMove(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (timeIsUp: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve(timeIsUp);
      };
      const wake = (): void => done(false);
      const timer = setTimeout(() => done(true), ms);
      signal.addEventListener('abort', wake, { once: true });
      this.waiting.add(wake);
      if (signal.aborted) wake();
    });
  }
}
