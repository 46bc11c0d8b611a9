import type { ShownUsage } from '../e2e/crash-audit.js';
import type { LifeLedger } from '../e2e/crash-load.js';

/** What contradicts "each acknowledged record counts once, and nothing counts that was not sent", by kind. */
export interface Findings {
  /** Acknowledged, and not there. */
  readonly losses: readonly string[];
  /** Listed more than once, or in the totals more often than listed. */
  readonly doubles: readonly string[];
  /** Counted, and never sent, or not with this content. */
  readonly inventions: readonly string[];
  /** Well-formed usage that was refused for good. */
  readonly refusals: readonly string[];
}

export function auditUsage(ledger: LifeLedger, shown: ShownUsage): Findings {
  const losses = [...ledger.acknowledged].filter((id) => !shown.listed.has(id));
  const doubles: string[] = [];
  const inventions: string[] = [];
  let units = 0;
  for (const [id, { record, times }] of shown.listed) {
    const sent = ledger.sent.get(id);
    if (times !== 1) doubles.push(`${id} is listed ${times} times`);
    if (sent?.customer_id !== record.customer_id) inventions.push(id);
    else if (sent.properties.units !== Number(record.properties.units)) inventions.push(id);
    units += Number(record.properties.units);
  }
  compare('count', shown.count, shown.listed.size);
  compare('sum', shown.sum, units);
  return { losses, doubles, inventions, refusals: ledger.refusals };

  /** Totals are kept apart from the records: both must say the same. */
  function compare(what: string, total: number, listed: number): void {
    const text = `the ${what} is ${total}, of the listed records ${listed}`;
    if (total > listed) doubles.push(text);
    if (total < listed) losses.push(text);
  }
}
