import type { Flight } from './flights.js';
import {
  DEPARTURE_RANGES,
  FEE_CENTS,
  MONTHS,
  PACKAGE_CENTS,
  PACKAGE_MILES,
  type MeterCode,
} from './tariff.js';

/** What an airport used and owes for one local month. */
export interface ExpectedMonth {
  readonly airport: string;
  readonly month: string;
  readonly usage: Readonly<Record<MeterCode, number>>;
  readonly byDestination: ReadonlyMap<string, number>;
  /** In cents. */
  readonly lines: { readonly fee: number; readonly departures: number; readonly distance: number };
  readonly total: number;
}

/** Works the bills out from the flights alone, with integers; every airport has a bill for every month. */
export function expectedMonths(flights: readonly Flight[]): ExpectedMonth[] {
  const airports = [...new Set(flights.map(({ origin }) => origin))].sort();
  return airports.flatMap((airport) => {
    const own = flights.filter(({ origin }) => origin === airport);
    return MONTHS.map((month) =>
      expectedMonth(
        airport,
        month,
        own.filter((flight) => flight.month === month),
      ),
    );
  });
}

function expectedMonth(airport: string, month: string, flights: readonly Flight[]): ExpectedMonth {
  const byDestination = new Map<string, number>();
  let miles = 0;
  let longestDelay: number | null = null;
  for (const flight of flights) {
    byDestination.set(flight.destination, (byDestination.get(flight.destination) ?? 0) + 1);
    miles += flight.miles;
    longestDelay = Math.max(longestDelay ?? flight.delayMinutes, flight.delayMinutes);
  }
  const lines = {
    fee: FEE_CENTS,
    departures: departuresCents(flights.length),
    distance: Math.ceil(miles / PACKAGE_MILES) * PACKAGE_CENTS,
  };
  return {
    airport,
    month,
    byDestination,
    usage: {
      departures: flights.length,
      distance: miles,
      // A meter without records answers 0.
      longest_delay: longestDelay ?? 0,
      destinations: byDestination.size,
    },
    lines,
    total: lines.fee + lines.departures + lines.distance,
  };
}

/** Rounded once, half up. */
function departuresCents(departures: number): number {
  let mills = 0;
  let above = 0;
  for (const { upTo, mills: each, flatMills } of DEPARTURE_RANGES) {
    if (departures <= above) break;
    mills += flatMills + each * (Math.min(departures, upTo ?? departures) - above);
    above = upTo ?? departures;
  }
  return Math.floor((mills + 5) / 10);
}
