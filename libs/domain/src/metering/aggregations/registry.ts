import type { Aggregation } from '../aggregation.js';
import { count } from './count/count.js';
import { latest } from './latest/latest.js';
import { max } from './max/max.js';
import { min } from './min/min.js';
import { sum } from './sum/sum.js';
import { uniqueCount } from './unique-count/unique-count.js';

/** Every way to count, in the order in which they are shown. */
export const aggregations: readonly Aggregation[] = [count, sum, max, min, latest, uniqueCount];

const byCode: ReadonlyMap<string, Aggregation> = new Map(
  aggregations.map((aggregation) => [aggregation.code, aggregation]),
);

export const findAggregation = (code: string): Aggregation | undefined => byCode.get(code);
