import { Type, type TObject } from '@sinclair/typebox';
import type { Aggregation } from '../aggregation.js';
import type { MeterAggregation } from '../meter.js';

/** TypeBox (JSON Schema) of `aggregation` of a meter that counts so, for forms. `checkMeter` holds meters to it. */
export function aggregationSchema({ code, needs, settings }: Aggregation): TObject {
  const own = {
    type: Type.Literal(code),
    ...(settings === undefined ? {} : { settings: settings.properties }),
  };
  if (needs === undefined) return Type.Object(own, { additionalProperties: false });
  const field = Type.String({
    title: 'Property',
    description: `The property of a record that is aggregated; a ${needs}.`,
  });
  const expression = Type.String({
    title: 'Expression',
    description: `Computes the ${needs} from the record, instead of a property.`,
  });
  return Type.Object(
    { ...own, field: Type.Optional(field), expression: Type.Optional(expression) },
    { additionalProperties: false, oneOf: [{ required: ['field'] }, { required: ['expression'] }] },
  );
}

/** An `aggregation` of a meter that is accepted. */
export const aggregationExample = ({
  code: type,
  needs,
  settings,
}: Aggregation): MeterAggregation => ({
  type,
  ...(needs === undefined ? {} : { field: needs === 'text' ? 'user_id' : 'bytes' }),
  ...(settings === undefined ? {} : { settings: settings.example }),
});
