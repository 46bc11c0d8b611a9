import type { JsonObject } from '../kernel/json.js';
import type { FieldError } from '../kernel/rule-broken.js';
import type { Charge } from './charge.js';
import { chargeModels } from './charge-models/registry.js';
import { propertiesCheck } from '../kernel/schema-check.js';

const checks: ReadonlyMap<string, (properties: JsonObject) => FieldError[]> = new Map(
  chargeModels.map((model) => [model.code, propertiesCheck(model)]),
);

/**
 * What is wrong with the model of a charge and its properties, one entry per bad field; empty when nothing is. `pointer` is
 * where the charge stands in the request, such as `/charges/0`. Whether the meter exists is not asked here.
 */
export function validateCharge(
  charge: Pick<Charge, 'model' | 'properties'>,
  pointer: string,
): FieldError[] {
  const check = checks.get(charge.model);
  if (check === undefined) {
    const known = chargeModels.map(({ code }) => code).join(', ');
    const detail = `There is no charge model ${JSON.stringify(charge.model)}; there are ${known}.`;
    return [{ pointer: `${pointer}/model`, code: 'unknown_charge_model', detail }];
  }
  return check(charge.properties).map((error) => ({
    ...error,
    pointer: `${pointer}/properties${error.pointer}`,
  }));
}
