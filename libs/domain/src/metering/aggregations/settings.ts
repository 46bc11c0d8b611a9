import { Type, type TObject } from '@sinclair/typebox';
import type { Aggregation } from '../aggregation.js';

/** TypeBox (JSON Schema) of what `aggregation` of a meter holds besides `type`, for forms. `checkMeter` holds meters to it. */
export function settingsOf({ needs, settings }: Aggregation): TObject {
  const own = settings === undefined ? {} : { settings: settings.properties };
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
    { field: Type.Optional(field), expression: Type.Optional(expression), ...own },
    { additionalProperties: false, oneOf: [{ required: ['field'] }, { required: ['expression'] }] },
  );
}
