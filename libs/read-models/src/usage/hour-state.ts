import type { Aggregation, AggregationState, Meter } from '@odometer/domain';

/**
 * What one hour of one series holds. The digest is the sum, lane by lane modulo 2^32, of the records' identity hashes: it does not
 * depend on their order. Its lanes are signed 32-bit integers, which the engine keeps without a box.
 */
export interface HourState {
  /** Records counted. */
  records: number;
  digest0: number;
  digest1: number;
  digest2: number;
  digest3: number;
  state: AggregationState;
}

/** States of the hours of a UTC day, by hour of the day; days without usage have no row. */
export type DayHours = Map<number, HourState>;

export const HOUR_MS = 3_600_000;
export const HOURS_PER_DAY = 24;
export const DAY_MS = HOUR_MS * HOURS_PER_DAY;

export const emptyHour = (aggregation: Aggregation): HourState => ({
  records: 0,
  digest0: 0,
  digest1: 0,
  digest2: 0,
  digest3: 0,
  state: aggregation.empty(),
});

/** Adds the hash of one record's identity, the first 16 bytes of its entry. */
export function addToDigest(hour: HourState, identities: Buffer, at: number): void {
  hour.digest0 = (hour.digest0 + identities.readInt32BE(at)) | 0;
  hour.digest1 = (hour.digest1 + identities.readInt32BE(at + 4)) | 0;
  hour.digest2 = (hour.digest2 + identities.readInt32BE(at + 8)) | 0;
  hour.digest3 = (hour.digest3 + identities.readInt32BE(at + 12)) | 0;
}

/** Takes the hash of one record's identity out again. */
export function takeFromDigest(hour: HourState, identities: Buffer, at: number): void {
  hour.digest0 = (hour.digest0 - identities.readInt32BE(at)) | 0;
  hour.digest1 = (hour.digest1 - identities.readInt32BE(at + 4)) | 0;
  hour.digest2 = (hour.digest2 - identities.readInt32BE(at + 8)) | 0;
  hour.digest3 = (hour.digest3 - identities.readInt32BE(at + 12)) | 0;
}

/** Adds `from` to `into`, which the caller owns. */
export function mergeHour(aggregation: Aggregation, into: HourState, from: HourState): void {
  into.records += from.records;
  into.digest0 = (into.digest0 + from.digest0) | 0;
  into.digest1 = (into.digest1 + from.digest1) | 0;
  into.digest2 = (into.digest2 + from.digest2) | 0;
  into.digest3 = (into.digest3 + from.digest3) | 0;
  into.state = aggregation.merge(into.state, from.state);
}

const DIGEST = Buffer.alloc(16);

/** 32 hex digits. */
export function digestText({ digest0, digest1, digest2, digest3 }: HourState): string {
  DIGEST.writeInt32BE(digest0, 0);
  DIGEST.writeInt32BE(digest1, 4);
  DIGEST.writeInt32BE(digest2, 8);
  DIGEST.writeInt32BE(digest3, 12);
  return DIGEST.toString('hex');
}

/** The hours of a day by meter; see `meterTag`. */
export type DayByMeter = Map<string, DayHours>;

/** Names a meter version in a day's row, and which of its eras where it is not the last one. Without blanks, as meter codes are. */
export const meterTag = (
  { code, version }: Pick<Meter, 'code' | 'version'>,
  era: { readonly meter: Pick<Meter, 'version'> },
): string =>
  era.meter.version === version ? `${code}@${version}` : `${code}@${version}/${era.meter.version}`;
