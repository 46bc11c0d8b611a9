import type { Aggregation } from '../aggregation.js';
import {
  compactNumber,
  compareCompact,
  refusesNumber,
  toDecimal,
  type CompactNumber,
} from '../compact-number.js';

/** The farthest value seen, null before the first. */
export type Extreme = CompactNumber | null;

/** What the largest and the smallest have in common. `direction` is 1 to prefer larger values, -1 smaller ones. */
export function extreme(
  direction: 1 | -1,
): Omit<Aggregation<Extreme>, 'code' | 'title' | 'description'> {
  const farther = (a: Extreme, b: Extreme): Extreme => {
    if (a === null || b === null) return a ?? b;
    return direction * compareCompact(a, b) >= 0 ? a : b;
  };
  return {
    needs: 'number',
    refuses: refusesNumber,
    empty: () => null,
    add: (state, { value }) => farther(state, compactNumber(value)),
    addWhole: (state, { least, most }) =>
      farther(state, compactNumber(direction === 1 ? most : least)),
    merge: farther,
    value: (state) => toDecimal(state ?? 0),
  };
}
