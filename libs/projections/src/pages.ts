import type { LogPage } from '@odometer/event-store';

/** A page that is being fetched; null once reading was stopped. */
export type Pending = Promise<LogPage | null>;

export interface PageSource {
  fetch(after: number): Pending;
  /** Whether what follows a position lies before the part of the log that is at hand. */
  mustRead(after: number): boolean;
}

/**
 * A shard's part of the log, fetched a page ahead of what is applied. Only what has to be read is fetched ahead: at the tail the next page is there at
 * once, and the longer it is left, the more it holds.
 */
export class Pages {
  private pending: Pending | null = null;
  private taken = 0;

  constructor(private readonly source: PageSource) {}

  /** The page after a position, which is that of the last page taken, if any was. It stays the next one until it is taken. */
  after(position: number): Pending {
    this.pending ??= this.source.fetch(position);
    return this.pending;
  }

  /** Where the last page that was taken ends. */
  get position(): number {
    return this.taken;
  }

  take({ position }: LogPage): void {
    this.taken = position;
    this.pending = this.source.mustRead(position) ? this.source.fetch(position) : null;
  }

  /** Whether more has to be read. */
  get areBehind(): boolean {
    return this.pending !== null;
  }

  /** Takes the next page where one has to be read. Null where none can be had: whoever asks for it by `after` hears why. */
  async more(): Promise<LogPage | null> {
    const [outcome] = await Promise.allSettled([this.pending]);
    if (outcome.status === 'rejected' || outcome.value === null) return null;
    this.take(outcome.value);
    return outcome.value;
  }
}
