import type { ShownUsage } from '../e2e/crash-audit.js';
import type { LifeLedger, SentRecord } from '../e2e/crash-load.js';

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
  for (const [id, { record, times }] of shown.listed) {
    const sent = ledger.sent.get(id);
    if (times !== 1) doubles.push(`${id} is listed ${times} times`);
    if (sent === undefined || !isAsSent(sent, record)) inventions.push(id);
  }
  const recounted = recount([...shown.listed.values()].map(({ record }) => record));
  for (const [customer, { count, sum }] of shown.totals) {
    const listed = recounted.get(customer) ?? { count: 0, sum: 0 };
    compare(`count of ${customer}`, count, listed.count);
    compare(`sum of ${customer}`, sum, listed.sum);
  }
  return { losses, doubles, inventions, refusals: ledger.refusals };

  /** Totals are kept apart from the records: both must say the same. */
  function compare(what: string, total: number, listed: number): void {
    const text = `the ${what} is ${total}, of the listed records ${listed}`;
    if (total > listed) doubles.push(text);
    if (total < listed) losses.push(text);
  }
}

const isAsSent = (sent: SentRecord, shown: SentRecord): boolean =>
  sent.customer_id === shown.customer_id &&
  sent.properties.units === Number(shown.properties.units);

type Totals = ReadonlyMap<string, { readonly count: number; readonly sum: number }>;

/** What records come to, for each customer, added up one by one. */
export function recount(records: Iterable<SentRecord>): Totals {
  const totals = new Map<string, { count: number; sum: number }>();
  for (const { customer_id: customer, properties } of records) {
    const total = totals.get(customer) ?? { count: 0, sum: 0 };
    totals.set(customer, {
      count: total.count + 1,
      sum: total.sum + Number(properties.units),
    });
  }
  return totals;
}

/** Totals that two sources tell differently. */
export function differences(one: Totals, other: Totals): string[] {
  const customers = [...new Set([...one.keys(), ...other.keys()])].sort();
  const text = (totals: Totals, customer: string): string =>
    JSON.stringify(totals.get(customer) ?? { count: 0, sum: 0 });
  return customers
    .filter((customer) => text(one, customer) !== text(other, customer))
    .map((customer) => `${customer}: ${text(one, customer)}, and ${text(other, customer)}`);
}
