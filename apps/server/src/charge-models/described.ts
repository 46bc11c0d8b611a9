import type { adjustmentTypes, chargeModels } from '@odometer/domain';
import { Type } from '@sinclair/typebox';

/** How something that describes its properties is shown. */
export const DESCRIBED = {
  code: Type.String(),
  title: Type.String(),
  description: Type.String(),
  schema: Type.Record(Type.String(), Type.Any(), { description: 'JSON Schema of `properties`.' }),
  example: Type.Record(Type.String(), Type.Any(), { description: 'Properties that are accepted.' }),
};

type Described = (typeof chargeModels)[number] | (typeof adjustmentTypes)[number];

export const described = ({
  code,
  title,
  description,
  properties,
  example,
}: Described): object => ({
  code,
  title,
  description,
  schema: JSON.parse(JSON.stringify(properties)) as object,
  example,
});
