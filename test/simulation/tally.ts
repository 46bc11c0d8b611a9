import type { Played } from './simulate.js';

/** Adds up what many worlds went through. */
export class Tally {
  private worlds = 0;
  private happenings = 0;
  private acknowledged = 0;
  private readonly faults = new Map<string, number>();
  private readonly startedAt = performance.now();

  add({ happenings, acknowledged, faults }: Played): void {
    this.worlds += 1;
    this.happenings += happenings;
    this.acknowledged += acknowledged;
    for (const [kind, count] of faults) this.faults.set(kind, (this.faults.get(kind) ?? 0) + count);
  }

  get kinds(): readonly string[] {
    return [...this.faults.keys()];
  }

  toText(): string {
    const seconds = ((performance.now() - this.startedAt) / 1_000).toFixed(1);
    const rows = [...this.faults].sort(([, a], [, b]) => b - a);
    return [
      `${this.worlds} worlds, ${this.happenings} happenings, ${this.acknowledged} records acknowledged, ${seconds} s`,
      ...rows.map(([kind, count]) => `${String(count).padStart(8)} ${kind}`),
    ].join('\n');
  }
}
