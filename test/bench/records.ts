import { createHash } from 'node:crypto';
import { seededRandom, type Random } from './seeded-random.js';

export const DISTRIBUTIONS = ['zipf', 'uniform'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** What a stream of usage looks like. Equal options give equal records, in whatever process they are made. */
export interface StreamOptions {
  readonly seed: number;
  readonly records: number;
  readonly customers: number;
  readonly distribution: Distribution;
  /** Timestamps lie in [from, to), in epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** A stream that was sent before, and how many of its first records are known to have been. */
  readonly before: { readonly seed: number; readonly records: number } | null;
}

export interface UsageLine {
  readonly transactionId: string;
  readonly customer: string;
  readonly timestamp: string;
  readonly bytes: number;
  /** The record as it is sent. */
  readonly json: string;
}

export const EVENT_CODE = 'api_call';
const TENANT = 'default';

/** Share of the records that were sent before, in this stream or in the one before, so that no run can do without deduplication. */
const REPEATED_SHARE = 0.01;

export const customerOf = (rank: number): string => `customer_${String(rank).padStart(6, '0')}`;

export interface Stream {
  /** About 195 bytes of JSON each; some occur twice. */
  readonly lines: readonly UsageLine[];
  /** Those of the stream before that are sent again. */
  readonly old: readonly UsageLine[];
}

export function makeStream(options: StreamOptions): Stream {
  const chance = seededRandom(~options.seed);
  const { before } = options;
  const old =
    before === null ? [] : newLines({ ...options, seed: before.seed }).take(before.records);
  const fresh = newLines(options);
  const lines: UsageLine[] = [];
  for (let at = 0; at < options.records; at += 1) {
    const again = at > 0 && chance.next() < REPEATED_SHARE;
    const from = old.length > 0 && chance.next() < 0.5 ? old : lines;
    lines.push(again ? from[chance.below(from.length)]! : fresh.next());
  }
  return { lines, old };
}

/** New records one by one. They follow from the seed alone, whatever is repeated between them. */
function newLines(options: StreamOptions): {
  next(): UsageLine;
  take(count: number): UsageLine[];
} {
  const random = seededRandom(options.seed);
  const rankOf = ranks(options, random);
  const next = (): UsageLine => makeLine(options, random, rankOf());
  return { next, take: (count) => Array.from({ length: count }, next) };
}

function makeLine(options: StreamOptions, random: Random, rank: number): UsageLine {
  const transactionId = random.uuid();
  const customer = customerOf(rank);
  const moment = options.from + random.below(options.to - options.from);
  const timestamp = new Date(moment).toISOString();
  const bytes = random.below(5_000);
  const json = JSON.stringify({
    transaction_id: transactionId,
    code: EVENT_CODE,
    customer_id: customer,
    timestamp,
    properties: propertiesOf(bytes),
  });
  return { transactionId, customer, timestamp, bytes, json };
}

const propertiesOf = (bytes: number): object => ({ bytes, region: 'eu-west-1' });

/** Draws customers: by Zipf's law the one of rank n is n times rarer than the first. */
function ranks({ customers, distribution }: StreamOptions, random: Random): () => number {
  if (distribution === 'uniform') return () => random.below(customers);
  const sums = new Float64Array(customers);
  let sum = 0;
  for (let rank = 0; rank < customers; rank += 1) {
    sum += 1 / (rank + 1);
    sums[rank] = sum;
  }
  return () => {
    const drawn = random.next() * sum;
    let low = 0;
    let high = customers - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** The record's values as the baselines store them, in the order of BASELINE_COLUMNS. */
export const rowOf = (line: UsageLine): string[] => [
  identityOf(line),
  TENANT,
  line.transactionId,
  line.customer,
  EVENT_CODE,
  line.timestamp,
  JSON.stringify(propertiesOf(line.bytes)),
];

export const BASELINE_COLUMNS =
  'identity uuid, tenant text, transaction_id text, customer text, code text, timestamp timestamptz, properties jsonb';

const identityOf = ({ customer, transactionId }: UsageLine): string => {
  const hex = createHash('md5').update(`${TENANT}/${customer}/${transactionId}`).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
