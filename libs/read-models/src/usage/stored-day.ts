import type { Aggregation, AggregationState } from '@odometer/domain';
import type { DayByMeter, DayHours, HourState } from './hour-state.js';

/** An hour as it is stored: what was counted, and the state of each meter that counted it. */
export type StoredHour = [
  hour: number,
  records: number,
  digest0: number,
  digest1: number,
  digest2: number,
  digest3: number,
  ...states: AggregationState[],
];

/** Where the states begin in a stored hour. */
const STATES_AT = 6;
const BETWEEN_TAGS = ' ';

/**
 * Meters that counted the very same records in each hour of a day, which most meters of an event code do: what they counted is told once.
 * The tags stand in their order, in one text; each hour has a state for each.
 */
type StoredMeters = [tags: string, hours: StoredHour[]];

/** Meters that counted the very same records: their tags, their hours in order, and the text of each hour. */
interface SameMeters {
  tags: string;
  readonly hours: DayHours;
  readonly order: readonly number[];
  readonly texts: string[];
}

/** Canonical text, `StoredMeters[]` as JSON: equal usage gives equal bytes, whatever its order and batching. */
export function writeDay(day: DayByMeter): string {
  const stored: SameMeters[] = [];
  for (const tag of inOrder([...day.keys()])) {
    const hours = day.get(tag)!;
    const same = stored.find((known) => areSameRecords(known.hours, hours));
    if (same === undefined) {
      const order = inOrder([...hours.keys()]);
      const texts = order.map((hour) => hourText(hour, hours.get(hour)!));
      stored.push({ tags: tag, hours, order, texts });
    } else {
      same.tags += BETWEEN_TAGS + tag;
      same.order.forEach((hour, i) => (same.texts[i] += `,${stateText(hours.get(hour)!)}`));
    }
  }
  const texts = stored.map(
    ({ tags, texts: of }) =>
      `[${JSON.stringify(tags)},[${of.map((text) => `[${text}]`).join(',')}]]`,
  );
  return `[${texts.join(',')}]`;
}

/** By number, or by code units. One or two, which is what most days have, need no sorting. */
function inOrder<Key extends string | number>(keys: readonly Key[]): readonly Key[] {
  if (keys.length === 2) return keys[0]! < keys[1]! ? keys : [keys[1]!, keys[0]!];
  return keys.length < 2 ? keys : keys.toSorted((a, b) => (a < b ? -1 : 1));
}

function areSameRecords(known: DayHours, hours: DayHours): boolean {
  if (known.size !== hours.size) return false;
  for (const [hour, of] of known) {
    const other = hours.get(hour);
    if (other?.records !== of.records || other.digest0 !== of.digest0) return false;
    if (other.digest1 !== of.digest1 || other.digest2 !== of.digest2) return false;
    if (other.digest3 !== of.digest3) return false;
  }
  return true;
}

/** A `StoredHour` without its brackets. */
const hourText = (hour: number, of: HourState): string =>
  `${hour},${of.records},${of.digest0},${of.digest1},${of.digest2},${of.digest3},${stateText(of)}`;

const stateText = ({ state }: HourState): string =>
  typeof state === 'number' ? `${state}` : JSON.stringify(state);

/** The hours of every meter, for who goes on counting. */
export function readDay(text: string): DayByMeter {
  const day: DayByMeter = new Map();
  for (const [tags, stored] of JSON.parse(text) as StoredMeters[]) {
    for (const [place, tag] of tags.split(BETWEEN_TAGS).entries()) {
      day.set(tag, hoursOf(stored, STATES_AT + place));
    }
  }
  return day;
}

function hoursOf(stored: readonly StoredHour[], place: number): DayHours {
  const hours: DayHours = new Map();
  for (const of of stored) {
    const [hour, records, digest0, digest1, digest2, digest3] = of;
    const state = of[place] as AggregationState;
    hours.set(hour, { records, digest0, digest1, digest2, digest3, state });
  }
  return hours;
}

/** A day as it is stored, for readers that only add up: many meters share its hours. */
export type PackedDay = readonly PackedMeters[];

interface PackedMeters {
  /** Where the state of a meter stands in each of the hours, by its tag. */
  readonly places: ReadonlyMap<string, number>;
  readonly hours: readonly StoredHour[];
}

/** The hours of one meter, and where its state stands in them. */
export interface PackedHours {
  readonly hours: readonly StoredHour[];
  readonly place: number;
}

/** Reads days as they are stored. Most days of a code have the same meters, which one reader takes apart once. */
export class DayUnpacker {
  private readonly placesKnown = new Map<string, ReadonlyMap<string, number>>();

  read(text: string): PackedDay {
    return (JSON.parse(text) as StoredMeters[]).map(([tags, hours]) => ({
      places: this.placesOf(tags),
      hours,
    }));
  }

  private placesOf(tags: string): ReadonlyMap<string, number> {
    const known = this.placesKnown.get(tags);
    if (known !== undefined) return known;
    const places = new Map(tags.split(BETWEEN_TAGS).map((tag, i) => [tag, STATES_AT + i]));
    this.placesKnown.set(tags, places);
    return places;
  }
}

/** What a day has of a meter; undefined when that is nothing. */
export function packedHoursOf(day: PackedDay, tag: string): PackedHours | undefined {
  for (const { places, hours } of day) {
    const place = places.get(tag);
    if (place !== undefined) return { hours, place };
  }
  return undefined;
}

/** Adds a meter's share of a stored hour to `into`, which the caller owns. */
export function mergeStoredHour(
  aggregation: Aggregation,
  into: HourState,
  of: StoredHour,
  place: number,
): void {
  into.records += of[1];
  into.digest0 = (into.digest0 + of[2]) | 0;
  into.digest1 = (into.digest1 + of[3]) | 0;
  into.digest2 = (into.digest2 + of[4]) | 0;
  into.digest3 = (into.digest3 + of[5]) | 0;
  into.state = aggregation.merge(into.state, of[place] as AggregationState);
}
