/**
 * Sum, lane by lane modulo 2^32, of the hashes of records' identities: it does not depend on their order. The lanes are signed
 * 32-bit integers.
 */
export type Lanes = readonly [number, number, number, number];

export const NO_LANES: Lanes = [0, 0, 0, 0];

export const addLanes = (a: Lanes, b: Lanes): Lanes => [
  (a[0] + b[0]) | 0,
  (a[1] + b[1]) | 0,
  (a[2] + b[2]) | 0,
  (a[3] + b[3]) | 0,
];

/** 32 hex digits. */
export const digestText = (lanes: Lanes): string =>
  lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');

/** The digest of disjoint sets of records together. */
export const sumOfDigests = (digests: readonly string[]): string =>
  digestText(digests.map(lanesOf).reduce(addLanes, NO_LANES));

const lanesOf = (digest: string): Lanes => [
  Number.parseInt(digest.slice(0, 8), 16) | 0,
  Number.parseInt(digest.slice(8, 16), 16) | 0,
  Number.parseInt(digest.slice(16, 24), 16) | 0,
  Number.parseInt(digest.slice(24, 32), 16) | 0,
];
