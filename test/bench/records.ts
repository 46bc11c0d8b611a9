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

/** Share of the records that is sent a second time, so that no run can do without deduplication. */
export const REPEATED_SHARE = 0.01;

export const customerOf = (rank: number): string => `customer_${String(rank).padStart(6, '0')}`;

/** All records of the stream, those that are sent again included. About 195 bytes of JSON each. */
export function makeLines(options: StreamOptions): UsageLine[] {
  const random = seededRandom(options.seed);
  const rankOf = ranks(options, random);
  const lines: UsageLine[] = [];
  for (let at = 0; at < options.records; at += 1) {
    const again = at > 0 && random.next() < REPEATED_SHARE;
    lines.push(again ? lines[random.below(at)]! : makeLine(options, random, rankOf()));
  }
  return lines;
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
