import { each, type Api } from './api.js';
import type { Difference } from './difference.js';
import type { ExpectedMonth } from './expected.js';
import { withProgress } from './progress.js';
import { monthStart } from './set-up.js';
import { METER_CODES, MONTHS, type MeterCode } from './tariff.js';
import { zoneOf } from './time-zones.js';

export interface Invoice {
  readonly id: string;
  readonly number: string | null;
  readonly customer_id: string;
  readonly status: string;
  readonly total: number;
  readonly period: { readonly from: string; readonly to: string };
  readonly lines: readonly {
    readonly type: string;
    readonly meter_code: string | null;
    readonly units: string;
    readonly amount: number;
  }[];
}

interface UsageWindow {
  readonly from: string;
  readonly group: Readonly<Record<string, string | null>>;
  readonly value: string;
}

const END = '2001-04';

export interface Bills {
  readonly invoices: readonly Invoice[];
  readonly differences: readonly Difference[];
}

/** Asks the API for every invoice and every usage, and compares all of it with what was worked out from the flights. */
export async function verify(api: Api, expected: readonly ExpectedMonth[]): Promise<Bills> {
  const airports = [...new Set(expected.map(({ airport }) => airport))];
  const of = (airport: string): ExpectedMonth[] =>
    expected.filter((month) => month.airport === airport);
  const invoices = await withProgress('Invoices compared', airports.length, (advance) =>
    each(airports, (airport) => invoicesOf(api, airport), advance),
  );
  const usage = await withProgress('Usage compared', airports.length, (advance) =>
    each(airports, async (airport) => usageDifferences(api, airport, of(airport)), advance),
  );
  const billing = airports.flatMap((airport, index) =>
    invoiceDifferences(of(airport), invoices[index]!),
  );
  return { invoices: invoices.flat(), differences: [...billing, ...usage.flat()] };
}

/** Oldest first. */
async function invoicesOf(api: Api, airport: string): Promise<Invoice[]> {
  const path = `/v1/invoices?customer_id=${airport}&limit=100`;
  const { data } = await api.get<{ data: Invoice[] }>(path);
  return data.sort((a, b) => a.period.from.localeCompare(b.period.from));
}

/** Collects what differs for one airport and month. */
class Comparison {
  readonly differences: Difference[] = [];

  constructor(
    private readonly airport: string,
    private readonly month: string,
  ) {}

  same(what: string, expected: number | string, got: number | string | undefined): void {
    if (String(expected) === String(got)) return;
    const { airport, month } = this;
    this.differences.push({
      airport,
      month,
      what,
      expected: String(expected),
      got: String(got ?? 'none'),
    });
  }
}

function invoiceDifferences(
  expected: readonly ExpectedMonth[],
  invoices: readonly Invoice[],
): Difference[] {
  const airport = expected[0]!.airport;
  const all = new Comparison(airport, 'all');
  all.same('number of invoices', expected.length, invoices.length);
  return [
    ...all.differences,
    ...expected.flatMap((month) => {
      const from = Date.parse(monthStart(airport, month.month));
      return monthDifferences(
        month,
        invoices.find(({ period }) => Date.parse(period.from) === from),
      );
    }),
  ];
}

function monthDifferences(expected: ExpectedMonth, invoice: Invoice | undefined): Difference[] {
  const compared = new Comparison(expected.airport, expected.month);
  const sum = (meter: MeterCode | null): number =>
    (invoice?.lines ?? [])
      .filter(({ meter_code }) => meter_code === meter)
      .reduce((cents, { amount }) => cents + amount, 0);
  const units = (meter: MeterCode): string =>
    invoice?.lines.find(({ meter_code }) => meter_code === meter)?.units ?? '0';
  compared.same('status', 'finalized', invoice?.status);
  compared.same('fee', expected.lines.fee, sum(null));
  compared.same('price of departures', expected.lines.departures, sum('departures'));
  compared.same('price of miles', expected.lines.distance, sum('distance'));
  compared.same('billed departures', expected.usage.departures, units('departures'));
  compared.same('billed miles', expected.usage.distance, units('distance'));
  compared.same('total', expected.total, invoice?.total);
  return compared.differences;
}

async function usageDifferences(
  api: Api,
  airport: string,
  expected: readonly ExpectedMonth[],
): Promise<Difference[]> {
  const answers = new Map<MeterCode, UsageWindow[]>();
  for (const meter of METER_CODES) answers.set(meter, await usageOf(api, airport, meter));
  return expected.flatMap((month) => {
    const compared = new Comparison(airport, month.month);
    const from = Date.parse(monthStart(airport, month.month));
    const inMonth = (window: UsageWindow): boolean => Date.parse(window.from) === from;
    for (const meter of METER_CODES) {
      // Departures come by destination, and only the destinations that were flown to.
      const windows = answers.get(meter)!.filter(inMonth);
      const value = windows.reduce((sum, window) => sum + Number(window.value), 0);
      compared.same(meter, month.usage[meter], value);
    }
    const flown = answers.get('departures')!.filter(inMonth);
    compared.same('destinations told apart', month.byDestination.size, flown.length);
    for (const { group, value } of flown) {
      const destination = group['destination'] ?? 'none';
      compared.same(`to ${destination}`, month.byDestination.get(destination) ?? 0, value);
    }
    return compared.differences;
  });
}

async function usageOf(api: Api, airport: string, meter: MeterCode): Promise<UsageWindow[]> {
  const query = new URLSearchParams({
    meter_code: meter,
    customer_id: airport,
    from: monthStart(airport, MONTHS[0]),
    to: monthStart(airport, END),
    window: 'month',
    timezone: zoneOf(airport),
    ...(meter === 'departures' ? { group_by: 'destination' } : {}),
  });
  return (await api.get<{ data: UsageWindow[] }>(`/v1/usage?${query.toString()}`)).data;
}
