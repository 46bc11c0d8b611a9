import { Type, type TObject } from '@sinclair/typebox';

/** Settings of aggregations that look at one value of each record: a property, or what an expression makes of the record. */
export const valueSettings = (kind: 'number' | 'text'): TObject =>
  Type.Object(
    {
      field: Type.Optional(
        Type.String({
          title: 'Property',
          description: `The property of a record that is aggregated; a ${kind}.`,
        }),
      ),
      expression: Type.Optional(
        Type.String({
          title: 'Expression',
          description: `Computes the ${kind} from the record, instead of a property.`,
        }),
      ),
    },
    { additionalProperties: false, oneOf: [{ required: ['field'] }, { required: ['expression'] }] },
  );

export const NO_SETTINGS: TObject = Type.Object({}, { additionalProperties: false });
