import type { JsonObject } from '../../kernel/json.js';
import type { Aggregation } from '../aggregation.js';
import type { Meter } from '../meter.js';
import { average } from './average/average.js';
import { count } from './count/count.js';
import { customOf } from './custom/custom.js';
import { latest } from './latest/latest.js';
import { max } from './max/max.js';
import { min } from './min/min.js';
import { sum } from './sum/sum.js';
import { uniqueCount } from './unique-count/unique-count.js';
import { weightedSum } from './weighted-sum/weighted-sum.js';

/** Those that stand for a quantity by themselves; formulas are about them. */
const quantities: readonly Aggregation[] = [count, sum, max, min, average, latest, uniqueCount];

/** Every way to count, in the order in which they are shown. */
export const aggregations: readonly Aggregation[] = [
  ...quantities,
  weightedSum,
  customOf(quantities),
];

const byCode: ReadonlyMap<string, Aggregation> = new Map(
  aggregations.map((aggregation) => [aggregation.code, aggregation]),
);

export const findAggregation = (code: string): Aggregation | undefined => byCode.get(code);

/** How a meter counts. Throws a plain error for a type that is not registered: such a meter must not have been accepted. */
export function aggregationOf({
  code,
  aggregation,
}: Pick<Meter, 'code' | 'aggregation'>): Aggregation {
  const found = findAggregation(aggregation.type);
  if (found === undefined)
    throw new Error(`meter ${code} has unknown aggregation ${aggregation.type}`);
  // A meter of an aggregation with settings was accepted with them.
  return found.settings?.apply(aggregation.settings as JsonObject) ?? found;
}
