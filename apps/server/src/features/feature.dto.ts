import type { Feature } from '@odometer/domain';
import { Type, type Static } from '@sinclair/typebox';
import { answer, Nullable, pageOf } from '../http/answers.js';
import { ChoiceField, TextField } from '../http/fields.js';

export class FeatureBody {
  @TextField({ description: 'Your code of the feature.', example: 'departures', max: 100 })
  code!: string;

  @TextField({ description: 'Name to show.', optional: true, max: 255 })
  name?: string;

  @ChoiceField({
    description: '`metered` has a balance, `boolean` is there or not.',
    values: ['metered', 'boolean'],
  })
  type!: 'metered' | 'boolean';

  @TextField({ description: 'The meter that a metered feature counts.', optional: true, max: 100 })
  meter_code?: string;
}

export const featureOf = (body: FeatureBody): Feature => ({
  code: body.code,
  ...(body.name == null ? {} : { name: body.name }),
  type: body.type,
  ...(body.meter_code == null ? {} : { meterCode: body.meter_code }),
});

export const FeatureAnswer = answer(
  'Feature',
  Type.Object({
    code: Type.String(),
    name: Nullable(Type.String()),
    type: Type.String({ enum: ['metered', 'boolean'] }),
    meter_code: Nullable(Type.String()),
  }),
);

export const FeaturePage = pageOf('Feature', FeatureAnswer);

export const featureAnswer = (feature: Feature): Static<typeof FeatureAnswer> => ({
  code: feature.code,
  name: feature.name ?? null,
  type: feature.type,
  meter_code: feature.meterCode ?? null,
});
