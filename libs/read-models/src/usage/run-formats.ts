import type { RunFormat } from './sorted-runs/run-format.js';

/** Entry: 16 bytes of the identity's hash, 8 of the place in the log. */
export const IDENTITY_RUNS: RunFormat = {
  name: 'identity',
  entryBytes: 24,
  keyBytes: 16,
  pageEntries: 336,
  filtered: true,
};

/** Entry: 8 bytes of the subject's hash, 6 of the timestamp, 8 of the place in the log, 2 unused. */
export const POSTING_RUNS: RunFormat = {
  name: 'posting',
  entryBytes: 24,
  keyBytes: 24,
  pageEntries: 334,
  filtered: false,
};
