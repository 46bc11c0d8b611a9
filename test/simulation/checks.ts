import type { EventStore } from '@odometer/event-store';
import { listInvoices, type InvoiceView } from '@odometer/read-models';
import type pg from 'pg';
import { CUSTOMERS, MONTHLY_FEE, TENANT } from './facts.js';
import { contentOf, identityOf, naiveMonths, readLog } from './naive-model.js';
import type { Ledger } from './sim-client.js';

/** January and February, and March, which carries what came late; and who pays ahead has one at the start. */
const INVOICES = CUSTOMERS.length * 3 + 1;

/** Every acknowledged record is in the log, and nothing else than what was sent. */
export async function checkLog(store: EventStore, ledger: Ledger): Promise<string[]> {
  const { records: stored, corrections } = await readLog(store);
  const identities = new Set(stored.map(identityOf));
  const sent = new Set(ledger.sent.map(contentOf));
  const lost = ledger.acknowledged.filter((record) => !identities.has(identityOf(record)));
  const invented = stored.filter((record) => !sent.has(contentOf(record)));
  const times = (id: string): number => corrections.filter((one) => one === id).length;
  const uncorrected = ledger.corrected.filter(({ eventId }) => times(eventId) !== 1);
  const { faults } = await store.verify();
  return [
    ...lost.map((record) => `${record.transactionId} was acknowledged and is not in the log`),
    ...invented.map((record) => `${record.transactionId} is in the log and was never sent`),
    ...uncorrected.map(
      ({ eventId }) => `the correction ${eventId} is there ${times(eventId)} times`,
    ),
    ...faults.map(({ streamId, problem }) => `${streamId}: ${problem}`),
  ];
}

/** Every record that counts is folded once, and no other: by the tally that the usage read model keeps. */
export async function checkUsage(pool: pg.Pool, store: EventStore): Promise<string[]> {
  const { records, counted, setAside, amendments } = await readLog(store);
  const { rows } = await pool.query<Record<'accepted' | 'folded' | 'set_aside', string>>(
    `SELECT (SELECT coalesce(sum(records), 0) FROM rm_usage.code_tally WHERE status = 'accepted') AS accepted,
            (SELECT coalesce(sum(records), 0) FROM rm_usage.segment) AS folded,
            (SELECT count(*) FROM rm_usage.set_aside) AS set_aside`,
  );
  const found = JSON.stringify(rows[0]);
  const expected = JSON.stringify({
    accepted: String(counted.length),
    folded: String(records.length + amendments),
    set_aside: String(setAside),
  });
  return found === expected ? [] : [`the usage read model has ${found}, not ${expected}`];
}

/** Invoices add up to what the naive model says, month by month and charge by charge, and each is there once. */
export async function checkInvoices(pool: pg.Pool, store: EventStore): Promise<string[]> {
  const { data } = await listInvoices(pool, TENANT, { limit: 1_000 });
  const months = naiveMonths((await readLog(store)).counted);
  const problems = [...checkNumbers(data), ...checkTotals(data)];
  for (const { customer, month, owed } of months) {
    const lines = data
      .filter(({ customerId }) => customerId === customer)
      .flatMap((invoice) => invoice.lines)
      .filter((line) => line.period?.from.startsWith(month));
    const sumOf = (code: string | undefined): number =>
      lines.filter((line) => line.meterCode === code).reduce((sum, { amount }) => sum + amount, 0);
    const billed = { fee: sumOf(undefined), calls: sumOf('calls'), tokens: sumOf('tokens') };
    if (JSON.stringify(billed) !== JSON.stringify(owed)) {
      const said = `billed ${JSON.stringify(billed)}, owed ${JSON.stringify(owed)}`;
      problems.push(`${customer} in ${month}: ${said}`);
    }
  }
  return problems;
}

function checkNumbers(invoices: readonly InvoiceView[]): string[] {
  const numbers = invoices.map(({ number }) => number ?? 'draft').sort();
  const expected = Array.from(
    { length: INVOICES },
    (_, i) => `INV-${String(i + 1).padStart(6, '0')}`,
  );
  return numbers.join() === expected.join() ? [] : [`invoices are numbered ${numbers.join(', ')}`];
}

function checkTotals(invoices: readonly InvoiceView[]): string[] {
  const problems: string[] = [];
  const periods = new Set<string>();
  for (const { customerId, lines, total, number } of invoices) {
    const sum = lines.reduce((all, { amount }) => all + amount, 0);
    if (sum !== total) problems.push(`${number}: total ${total}, its lines make ${sum}`);
    const fees = lines.filter(({ type }) => type === 'subscription');
    for (const { period } of fees) {
      const key = `${customerId} ${period?.from}`;
      if (periods.has(key)) problems.push(`${key} was billed twice`);
      periods.add(key);
    }
    if (fees.reduce((all, { amount }) => all + amount, 0) !== MONTHLY_FEE) {
      problems.push(`${number}: the monthly fee is not there once`);
    }
  }
  return problems;
}
