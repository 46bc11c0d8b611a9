import { Api, ApiRefusal } from './api.js';
import { expectedMonths } from './expected.js';
import { readCities, readFlights } from './flights.js';
import { liveThrough } from './months.js';
import { setUp } from './set-up.js';
import { showDifferences, showInvoices, showTotals, showWhereToLook } from './show.js';
import { verify } from './verify.js';

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Meters and bills 10,000 real flights over the public API, and compares every number with one of its own. */
async function main(): Promise<boolean> {
  const started = Date.now();
  const url = (process.env['ODOMETER_URL'] ?? DEFAULT_URL).replace(/\/+$/, '');
  const api = new Api(url, keyOf(process.env));
  const flights = readFlights();
  const expected = expectedMonths(flights);
  const cities = readCities();
  const served = new Map(
    [...new Set(expected.map(({ airport }) => airport))].map((airport) => [
      airport,
      cities.get(airport) ?? airport,
    ]),
  );
  console.log(
    `${flights.length.toLocaleString('en')} flights from ${served.size} airports, January to March 2001, to ${url}\n`,
  );
  const made = await setUp(api, served);
  const before = await stored(api);
  const balances = await liveThrough(api, flights, expected);
  const { invoices, differences } = await verify(api, expected);
  const after = await stored(api);
  showInvoices(expected, invoices, served);
  showTotals(expected, invoices);
  const all = [...balances, ...differences];
  if (all.length > 0) {
    showDifferences(all);
    return false;
  }
  console.log(`Every number equals the one worked out from the flights alone.`);
  console.log(changes(made, flights.length, { before, after }));
  const largest = invoices.reduce((a, b) => (b.total > a.total ? b : a));
  showWhereToLook(url, largest);
  console.log(`Done in ${((Date.now() - started) / 1_000).toFixed(1)} s`);
  return true;
}

function keyOf(environment: NodeJS.ProcessEnv): string {
  const key = environment['ODOMETER_API_KEY'] || environment['ODOMETER_ADMIN_KEY'];
  if (key) return key;
  throw new ApiRefusal(
    'Set ODOMETER_API_KEY to a key of the server: the one that it printed at its first start, or its ODOMETER_ADMIN_KEY.',
  );
}

interface Stored {
  readonly records: number;
  readonly invoices: number;
}

/** How much there is of what the demo brings: flights that count, and invoices of everybody. */
async function stored(api: Api): Promise<Stored> {
  const range = 'from=2000-12-31T00:00:00Z&to=2001-04-02T00:00:00Z';
  const usage = await api.get<{ total: string }>(`/v1/usage?meter_code=departures&${range}`);
  const invoices = await api.list('/v1/invoices');
  return { records: Number(usage.total), invoices: invoices.length };
}

function changes(
  made: number,
  sent: number,
  { before, after }: { readonly before: Stored; readonly after: Stored },
): string {
  const counted = after.records - before.records;
  const billed = after.invoices - before.invoices;
  if (made === 0 && counted === 0 && billed === 0) {
    return `Nothing changed: all ${sent.toLocaleString('en')} records were recognised, and everything was there already.`;
  }
  return `New: ${made} objects, ${counted.toLocaleString('en')} records, ${billed} invoices; ${(sent - counted).toLocaleString('en')} records were recognised.`;
}

main().then(
  (equal) => {
    process.exitCode = equal ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof ApiRefusal ? error.message : error);
    process.exitCode = 1;
  },
);
