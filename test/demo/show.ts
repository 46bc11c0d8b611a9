import Table from 'cli-table3';
import type { Difference } from './difference.js';
import type { ExpectedMonth } from './expected.js';
import { MONTHS, PLAN } from './tariff.js';
import type { Invoice } from './verify.js';

const ROWS_SHOWN = 12;
const DIFFERENCES_SHOWN = 40;

const money = (cents: number): string =>
  (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
const number = (value: number): string => value.toLocaleString('en-US');

/** The airports that pay most, with their three invoices. */
export function showInvoices(
  expected: readonly ExpectedMonth[],
  invoices: readonly Invoice[],
  cities: ReadonlyMap<string, string>,
): void {
  const table = new Table({
    head: ['airport', '', 'departures', 'miles', ...MONTHS, 'total', 'invoices'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  });
  const rows = rowsOf(expected, invoices).sort((a, b) => b.total - a.total);
  for (const row of rows.slice(0, ROWS_SHOWN)) {
    table.push([
      row.airport,
      cities.get(row.airport) ?? '',
      number(row.departures),
      number(row.miles),
      ...row.months.map(money),
      money(row.total),
      row.numbers.join(' '),
    ]);
  }
  console.log(`\n${table.toString()}`);
  if (rows.length > ROWS_SHOWN) console.log(`… and ${rows.length - ROWS_SHOWN} more airports\n`);
}

interface Row {
  readonly airport: string;
  readonly departures: number;
  readonly miles: number;
  readonly months: readonly number[];
  readonly total: number;
  readonly numbers: readonly string[];
}

function rowsOf(expected: readonly ExpectedMonth[], invoices: readonly Invoice[]): Row[] {
  const airports = [...new Set(expected.map(({ airport }) => airport))];
  return airports.map((airport) => {
    const months = expected.filter((month) => month.airport === airport);
    const own = invoices.filter(({ customer_id }) => customer_id === airport);
    return {
      airport,
      departures: months.reduce((sum, { usage }) => sum + usage.departures, 0),
      miles: months.reduce((sum, { usage }) => sum + usage.distance, 0),
      months: own.map(({ total }) => total),
      total: own.reduce((sum, { total }) => sum + total, 0),
      numbers: own.map((invoice) => invoice.number ?? 'draft'),
    };
  });
}

export function showTotals(expected: readonly ExpectedMonth[], invoices: readonly Invoice[]): void {
  const table = new Table({ style: { head: [], border: [] }, colAligns: ['left', 'right'] });
  const sum = (of: (month: ExpectedMonth) => number): number =>
    expected.reduce((total, month) => total + of(month), 0);
  table.push(
    ['departures', number(sum(({ usage }) => usage.departures))],
    ['miles', number(sum(({ usage }) => usage.distance))],
    ['longest delay', `${Math.max(...expected.map(({ usage }) => usage.longest_delay))} min`],
    ['finalized invoices', number(invoices.filter(({ status }) => status === 'finalized').length)],
    ['monthly fees', money(sum(({ lines }) => lines.fee))],
    ['departures, graduated', money(sum(({ lines }) => lines.departures))],
    ['miles, by the 1,000', money(sum(({ lines }) => lines.distance))],
    ['invoiced', money(invoices.reduce((total, invoice) => total + invoice.total, 0))],
  );
  console.log(table.toString());
}

export function showDifferences(differences: readonly Difference[]): void {
  const table = new Table({
    head: ['airport', 'month', 'what', 'expected', 'the API says'],
    style: { head: [], border: [] },
  });
  for (const { airport, month, what, expected, got } of differences.slice(0, DIFFERENCES_SHOWN)) {
    table.push([airport, month, what, expected, got]);
  }
  console.error(`\n${table.toString()}`);
  console.error(`${differences.length} numbers differ from those worked out from the flights.`);
}

export function showWhereToLook(url: string, invoice: Invoice): void {
  const curl = `curl -s -H "Authorization: Bearer $ODOMETER_API_KEY"`;
  const airport = invoice.customer_id;
  console.log(`
Where to look next
  ${url}/docs
  ${curl} ${url}/v1/invoices/${invoice.id}
  ${curl} ${url}/v1/customers/${airport}/balances
  ${curl} ${url}/v1/customers/${airport}/past_usage
  ${curl} "${url}/v1/usage?meter_code=departures&customer_id=${airport}&from=2001-01-01T00:00:00Z&to=2001-04-01T00:00:00Z&window=week&group_by=destination"
  ${curl} "${url}/v1/events?customer_id=${airport}&limit=5"
  ${curl} ${url}/v1/plans/${PLAN}
`);
}
