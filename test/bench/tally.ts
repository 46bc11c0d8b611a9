import type { UsageLine } from './records.js';

/** What one customer has used. */
export interface Used {
  readonly count: number;
  readonly bytes: number;
}

/** Usage by customer, each record once, however often it is sent. Plain data, for it travels between processes. */
export type Tally = Map<string, Used>;

/** Of the lines, but those that were counted before. */
export function tallyOf(lines: readonly UsageLine[], old: readonly UsageLine[]): Tally {
  const tally: Tally = new Map();
  const seen = new Set(old.map(({ transactionId }) => transactionId));
  for (const { transactionId, customer, bytes } of lines) {
    if (seen.has(transactionId)) continue;
    seen.add(transactionId);
    addTo(tally, customer, { count: 1, bytes });
  }
  return tally;
}

export function addTally(into: Tally, other: Tally): void {
  for (const [customer, used] of other) addTo(into, customer, used);
}

export function totalOf(tally: Tally): Used {
  const total = { count: 0, bytes: 0 };
  for (const { count, bytes } of tally.values()) {
    total.count += count;
    total.bytes += bytes;
  }
  return total;
}

function addTo(tally: Tally, customer: string, { count, bytes }: Used): void {
  const known = tally.get(customer);
  tally.set(customer, {
    count: (known?.count ?? 0) + count,
    bytes: (known?.bytes ?? 0) + bytes,
  });
}
