import type { TSchema } from '@sinclair/typebox';
import {
  TypeCompiler,
  ValueErrorType,
  type TypeCheck,
  type ValueError,
} from '@sinclair/typebox/compiler';
import type { FieldError } from '../kernel/rule-broken.js';
import type { Charge } from './charge.js';
import { chargeModels, findChargeModel } from './charge-models/registry.js';

const compiled: ReadonlyMap<string, TypeCheck<TSchema>> = new Map(
  chargeModels.map((model) => [model.code, TypeCompiler.Compile(model.properties)]),
);

const CODE_OF_ERROR: ReadonlyMap<ValueErrorType, string> = new Map([
  [ValueErrorType.ObjectRequiredProperty, 'required'],
  [ValueErrorType.ObjectAdditionalProperties, 'unknown_field'],
  [ValueErrorType.ArrayMinItems, 'too_few'],
  [ValueErrorType.ArrayMaxItems, 'too_many'],
]);

/**
 * What is wrong with the model of a charge and its properties, one entry per bad field; empty when nothing is. `pointer` is
 * where the charge stands in the request, such as `/charges/0`. Whether the meter exists is not asked here.
 */
export function validateCharge(
  charge: Pick<Charge, 'model' | 'properties'>,
  pointer: string,
): FieldError[] {
  const model = findChargeModel(charge.model);
  const check = compiled.get(charge.model);
  if (model === undefined || check === undefined) {
    const known = chargeModels.map(({ code }) => code).join(', ');
    const detail = `There is no charge model ${JSON.stringify(charge.model)}; there are ${known}.`;
    return [{ pointer: `${pointer}/model`, code: 'unknown_charge_model', detail }];
  }
  const errors = check.Check(charge.properties)
    ? model.check(charge.properties)
    : schemaErrors(check.Errors(charge.properties));
  return errors.map((error) => ({ ...error, pointer: `${pointer}/properties${error.pointer}` }));
}

/** The first error of each place: later ones only repeat it in other words. */
function schemaErrors(errors: Iterable<ValueError>): FieldError[] {
  const byPointer = new Map<string, FieldError>();
  for (const error of errors) {
    const { path: pointer, type, message, schema } = error;
    if (byPointer.has(pointer)) continue;
    const code = CODE_OF_ERROR.get(type) ?? 'invalid';
    byPointer.set(pointer, { pointer, code, detail: detailOf(message, schema) });
  }
  return [...byPointer.values()];
}

function detailOf(message: string, { description, pattern }: TSchema): string {
  const parts = [message, description, pattern].filter((part) => typeof part === 'string');
  return parts.join(': ');
}
