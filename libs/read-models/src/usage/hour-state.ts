import type { Aggregation, AggregationState } from '@odometer/domain';

/** What one hour of one series holds. */
export interface HourState {
  /** Records counted. */
  records: number;
  /** Sum, lane by lane, of the records' identity hashes: the order-free digest of what was counted. */
  readonly digest: Uint32Array;
  state: AggregationState;
}

/** States of the hours of a UTC day, by hour of the day; days without usage have no row. */
export type DayHours = Map<number, HourState>;

export const HOUR_MS = 3_600_000;
export const HOURS_PER_DAY = 24;
export const DAY_MS = HOUR_MS * HOURS_PER_DAY;
const DIGEST_LANES = 4;

export const emptyHour = (aggregation: Aggregation): HourState => ({
  records: 0,
  digest: new Uint32Array(DIGEST_LANES),
  state: aggregation.empty(),
});

/** Adds the hash of one record: the first 16 bytes of its identity entry, the last two lanes mixed with its content's hash. */
export function addToDigest(digest: Uint32Array, identities: Buffer, at: number): void {
  digest[0]! += identities.readUInt32BE(at);
  digest[1]! += identities.readUInt32BE(at + 4);
  digest[2]! += (identities.readUInt32BE(at + 8) ^ identities.readUInt32BE(at + 24)) >>> 0;
  digest[3]! += (identities.readUInt32BE(at + 12) ^ identities.readUInt32BE(at + 28)) >>> 0;
}

/** Adds `from` to `into`, which the caller owns. */
export function mergeHour(aggregation: Aggregation, into: HourState, from: HourState): void {
  into.records += from.records;
  for (let lane = 0; lane < DIGEST_LANES; lane += 1) into.digest[lane]! += from.digest[lane]!;
  into.state = aggregation.merge(into.state, from.state);
}

export const digestText = (digest: Uint32Array): string =>
  Array.from(digest, (lane) => lane.toString(16).padStart(8, '0')).join('');

type StoredHour = [hour: number, records: number, digest: string, state: AggregationState];

/** Canonical text: equal usage gives equal bytes, whatever its order and batching. */
export function writeHours(hours: DayHours): string {
  const stored: StoredHour[] = [];
  for (const [hour, { records, digest, state }] of hours) {
    stored.push([hour, records, digestText(digest), state]);
  }
  return JSON.stringify(stored.sort((a, b) => a[0] - b[0]));
}

export function readHours(text: string): DayHours {
  const hours: DayHours = new Map();
  for (const [hour, records, digest, state] of JSON.parse(text) as StoredHour[]) {
    hours.set(hour, { records, digest: readDigest(digest), state });
  }
  return hours;
}

function readDigest(text: string): Uint32Array {
  const digest = new Uint32Array(DIGEST_LANES);
  for (let lane = 0; lane < DIGEST_LANES; lane += 1) {
    digest[lane] = Number.parseInt(text.slice(lane * 8, lane * 8 + 8), 16);
  }
  return digest;
}
