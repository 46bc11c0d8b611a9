import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A departure as the data set has it, with an id that every run finds again. */
export interface Flight {
  /** Unique among all flights; the same in every run. */
  readonly id: string;
  readonly origin: string;
  readonly destination: string;
  /** Local time at the origin, `2001-01-01T00:47`. */
  readonly localTime: string;
  /** Local month at the origin, `2001-01`. */
  readonly month: string;
  readonly miles: number;
  readonly delayMinutes: number;
}

interface Row {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** The package exports its entry only; the data lie beside the folder of that. */
const ENTRY = fileURLToPath(import.meta.resolve('vega-datasets'));
const fileOf = (name: string): string =>
  readFileSync(join(dirname(ENTRY), '..', 'data', name), 'utf8');

/** 10,000 real departures in the United States from January to March 2001, in the order of the data set. */
export function readFlights(): Flight[] {
  const rows = JSON.parse(fileOf('flights-10k.json')) as Row[];
  return rows.map((row, index) => {
    const localTime = row.date.replaceAll('/', '-').replace(' ', 'T');
    return {
      id: `flight-${String(index + 1).padStart(5, '0')}`,
      origin: row.origin,
      destination: row.destination,
      localTime,
      month: localTime.slice(0, 7),
      miles: row.distance,
      delayMinutes: row.delay,
    };
  });
}

/** City and state of each airport: `DTW` → `Detroit, MI`. */
export function readCities(): Map<string, string> {
  const [header, ...lines] = fileOf('airports.csv').trim().split(/\r?\n/);
  const columns = header!.split(',');
  const [code, city, state] = ['iata', 'city', 'state'].map((name) => columns.indexOf(name));
  return new Map(
    lines.map((line) => {
      const fields = fieldsOf(line);
      return [fields[code!]!, `${fields[city!]!}, ${fields[state!]!}`];
    }),
  );
}

/** The fields of a line of CSV; one that holds a comma stands in quotes. */
const fieldsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((match) => match[1] ?? match[2] ?? '');
