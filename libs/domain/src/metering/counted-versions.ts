import type { Instant } from '../kernel/instant.js';
import { sameValue } from '../kernel/same-value.js';
import type { Aggregation } from './aggregation.js';
import { aggregationOf } from './aggregations/registry.js';
import type { Meter, MeterVersion } from './meter.js';
import { meterAt, validFromOf, validVersions } from './meter-versions.js';

/**
 * The latest versions of a meter that count into one state, the earliest first; of windows that reach into the last of them, the first one
 * counts all records from before the second. Versions belong together when their states merge: they aggregate alike, or both add up.
 */
export function countedVersions(meter: Meter): readonly MeterVersion[] {
  const versions = validVersions(meter);
  let first = versions.length - 1;
  while (first > 0 && merge(versions[first - 1]!, versions[first]!)) first -= 1;
  return versions.slice(first);
}

function merge(a: MeterVersion, b: MeterVersion): boolean {
  if ((a.recurring === true) !== (b.recurring === true)) return false;
  const alike = ({ aggregation: { type, settings } }: MeterVersion) => ({ type, settings });
  if (sameValue(alike(a), alike(b))) return true;
  return a.recurring !== true && addsUp(a) && addsUp(b);
}

const addsUp = (version: MeterVersion): boolean => singleAggregation(version).adds !== undefined;

const singleAggregation = ({ version, aggregation }: MeterVersion): Aggregation =>
  aggregationOf({ code: `version ${version}`, aggregation });

/** How the states of a meter are made and read; where versions of it add ones and values, all of them add values. */
export function meterAggregation(meter: Meter): Aggregation {
  const own = aggregationOf(meter);
  if (meter.earlier === undefined || own.adds !== 'one') return own;
  const others = countedVersions(meter).map(singleAggregation);
  return others.find(({ adds }) => adds === 'value') ?? own;
}

/** A meter as far as its states are of one kind. */
export interface CountedEra {
  /** What its windows are counted by: the last version of the era. */
  readonly meter: Meter;
  /** Windows that end later are counted by the next era; infinity for the last one. */
  readonly until: Instant;
  /** From when on its versions are the valid ones; minus infinity for the first era. */
  readonly from: Instant;
}

/**
 * The eras of a meter, the latest first. Each counts all records from before its end, so that any window is one merge of states of one kind:
 * windows that reach from one era into the next are counted by the next one as a whole.
 */
export function countedEras(meter: Meter): readonly CountedEra[] {
  const eras: CountedEra[] = [];
  let until = Infinity;
  let from: Instant;
  do {
    const own = meterAt(meter, until);
    from = validFromOf(countedVersions(own)[0]!);
    eras.push({ meter: own, until, from });
    until = from;
  } while (from !== -Infinity);
  return eras;
}

/** The era that counts windows with this end. */
export const eraOf = (meter: Meter, end: Instant): CountedEra =>
  countedEras(meter).find(({ from }) => from < end) as CountedEra;
