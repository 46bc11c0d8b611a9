import { subjectOf, type UsageRecord } from '@odometer/domain';
import { decodeSegment, USAGE_RECORDED, type EventStore } from '@odometer/event-store';
import { CUSTOMERS, MONTHLY_FEE, MONTHS } from './facts.js';

/** What one customer used in one month, and owes for it in cents. */
export interface MonthOf {
  readonly customer: string;
  readonly month: string;
  readonly calls: number;
  readonly tokens: number;
  readonly owed: { readonly fee: number; readonly calls: number; readonly tokens: number };
}

/** All usage records of the log, in its order. */
export async function recordsInLog(store: EventStore): Promise<UsageRecord[]> {
  const records: UsageRecord[] = [];
  for (let after = 0; ;) {
    const page = await store.readAll({ after });
    for (const event of page.events) {
      if (event.type !== USAGE_RECORDED) continue;
      records.push(...decodeSegment(event.data as Uint8Array).records);
    }
    if (page.position === after) return records;
    after = page.position;
  }
}

export const identityOf = (record: UsageRecord): string =>
  `${subjectOf(record)} ${record.transactionId}`;

export const contentOf = (record: UsageRecord): string =>
  JSON.stringify([identityOf(record), record.timestamp, record.properties?.['tokens']]);

/** The first of each identity. */
export function countedOf(records: readonly UsageRecord[]): UsageRecord[] {
  const first = new Map<string, UsageRecord>();
  for (const record of records) {
    if (!first.has(identityOf(record))) first.set(identityOf(record), record);
  }
  return [...first.values()];
}

/** What everybody owes, counted on the fingers: no buckets, no shards, nothing of the product's arithmetic. */
export function naiveMonths(counted: readonly UsageRecord[]): MonthOf[] {
  return CUSTOMERS.flatMap((customer) =>
    MONTHS.map((month) => {
      const own = counted.filter(
        (record) =>
          record.customerId === customer &&
          new Date(record.timestamp).toISOString().startsWith(month),
      );
      const calls = own.length;
      const tokens = own.reduce((sum, { properties }) => sum + Number(properties?.['tokens']), 0);
      const owed = { fee: MONTHLY_FEE, calls: calls * 7, tokens: priceOfTokens(tokens) };
      return { customer, month, calls, tokens, owed };
    }),
  );
}

/** 1.25 cents for each of the first 20, then a euro once and 0.33 cents each; in hundredths of cents, rounded half up. */
function priceOfTokens(tokens: number): number {
  const cheap = Math.min(tokens, 20) * 125;
  const rest = tokens > 20 ? 10_000 + (tokens - 20) * 33 : 0;
  return Math.floor((cheap + rest + 50) / 100);
}
