import { fromIso, toIso, type Instant } from '../kernel/instant.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import type { Meter, MeterVersion } from './meter.js';
import type { UsageRequest } from './usage-slice.js';

/** Versions that may be valid side by side, each from its own moment. */
export const METER_VERSIONS_VALID_MAX = 50;

/** How a meter counts, apart from the version and the moment. */
export type Counting = Omit<MeterVersion, 'version' | 'validFrom'>;

const countingOf = ({ aggregation, filters, rounding, recurring }: Counting): Counting => ({
  aggregation,
  filters,
  rounding,
  recurring,
});

/** Whether two definitions count every record alike; what they are called and grouped by is no matter. */
export const countsAlike = (a: Counting, b: Counting): boolean =>
  sameValue(countingOf(a), countingOf(b));

const versionOf = ({ version, validFrom, ...rest }: MeterVersion): MeterVersion => ({
  version,
  ...(validFrom === undefined ? {} : { validFrom }),
  ...withoutAbsent(countingOf(rest)),
});

/** Events carry no undefined members, so that what is compared and stored is the same. */
function withoutAbsent({ rounding, recurring, ...rest }: Counting): Counting {
  return {
    ...rest,
    ...(rounding === undefined ? {} : { rounding }),
    ...(recurring === undefined ? {} : { recurring }),
  };
}

/** All versions that are valid for some time, the earliest first. */
export const validVersions = (meter: Meter): readonly MeterVersion[] => [
  ...(meter.earlier ?? []),
  versionOf(meter),
];

/** The first instant whose records a version counts; minus infinity for one that counts from the beginning. */
export const validFromOf = ({ validFrom }: Pick<MeterVersion, 'validFrom'>): Instant =>
  validFrom === undefined ? -Infinity : fromIso(validFrom);

/**
 * The meter as it is valid just before an instant: what a window that ends there is counted by. The version tells which one it is, and says
 * everything about the time before, too: a later change of what is before would have replaced it. Names and group-by keys stay.
 */
export function meterAt(meter: Meter, end: Instant): Meter {
  if (meter.earlier === undefined || validFromOf(meter) < end) return meter;
  const versions = validVersions(meter);
  const last = Math.max(
    0,
    versions.findLastIndex((version) => validFromOf(version) < end),
  );
  const { code, name, eventCode, groupBy } = meter;
  return {
    code,
    ...(name === undefined ? {} : { name }),
    eventCode,
    groupBy,
    ...(versions[last] as MeterVersion),
    ...earlierOf(versions.slice(0, last)),
  };
}

const earlierOf = (versions: readonly MeterVersion[]): Pick<Meter, 'earlier'> =>
  versions.length === 0 ? {} : { earlier: versions };

/** Where the window of a request ends, which decides by which version it is counted. */
export function windowEndOf({
  slices,
  weighting,
}: Pick<UsageRequest, 'slices' | 'weighting'>): Instant {
  const ends = slices.map(({ to }) => to);
  return ends.length === 0 ? (weighting?.period.to ?? Infinity) : Math.max(...ends);
}

/** What a revised meter is valid from, and what is before it. */
export type Validity = Pick<Meter, 'validFrom' | 'earlier'>;

/**
 * How versions follow each other when another way of counting becomes valid at `validFrom`. What was valid from there on is replaced, what is
 * before stays. Throws RuleBroken `validation_failed` above METER_VERSIONS_VALID_MAX.
 */
export function validityFrom(meter: Meter, validFrom: Instant): Validity {
  const before = validVersions(meter).filter((version) => validFromOf(version) < validFrom);
  if (before.length >= METER_VERSIONS_VALID_MAX) throw tooMany();
  return { validFrom: toIso(validFrom), earlier: before };
}

const tooMany = (): RuleBroken => {
  const detail = `A meter has at most ${METER_VERSIONS_VALID_MAX} versions that are valid side by side; choose an earlier moment, or none.`;
  const error = { pointer: '/valid_from', code: 'too_many', detail };
  return new RuleBroken('validation_failed', `The meter is not valid: /valid_from`, 'invalid', [
    error,
  ]);
};
