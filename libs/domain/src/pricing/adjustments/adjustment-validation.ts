import type { JsonObject } from '../../kernel/json.js';
import type { FieldError } from '../../kernel/rule-broken.js';
import { propertiesCheck } from '../../kernel/schema-check.js';
import type { Adjustment } from './adjustment.js';
import { adjustmentTypes } from './registry.js';

const checks: ReadonlyMap<string, (properties: JsonObject) => FieldError[]> = new Map(
  adjustmentTypes.map((type) => [type.code, propertiesCheck(type)]),
);

/**
 * What is wrong with the adjustments of a charge, one entry per bad field; empty when nothing is. Each type stands at most once.
 * `pointer` is where the list stands in the request, such as `/charges/0/adjustments`.
 */
export function validateAdjustments(
  adjustments: readonly Adjustment[],
  pointer: string,
): FieldError[] {
  return adjustments.flatMap(({ type, properties }, index) => {
    const at = `${pointer}/${index}`;
    const check = checks.get(type);
    if (check === undefined) return [unknownType(type, at)];
    const first = adjustments.findIndex((other) => other.type === type);
    const errors = check(properties).map((error) => ({
      ...error,
      pointer: `${at}/properties${error.pointer}`,
    }));
    return first === index ? errors : [repeated(type, at), ...errors];
  });
}

function unknownType(type: string, at: string): FieldError {
  const known = adjustmentTypes.map(({ code }) => code).join(', ');
  const detail = `There is no adjustment ${JSON.stringify(type)}; there are ${known}.`;
  return { pointer: `${at}/type`, code: 'unknown_adjustment', detail };
}

const repeated = (type: string, at: string): FieldError => ({
  pointer: `${at}/type`,
  code: 'repeated',
  detail: `${JSON.stringify(type)} is listed already.`,
});
