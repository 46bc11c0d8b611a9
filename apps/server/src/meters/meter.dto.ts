import {
  EXPRESSION_LENGTH_MAX,
  type JsonObject,
  type Meter,
  type MeterDefinition,
  type MeterRounding,
} from '@odometer/domain';
import { PartialType } from '@nestjs/swagger';
import { Type, type Static } from '@sinclair/typebox';
import { answer, InstantText, Nullable, pageOf } from '../http/answers.js';
import {
  ChoiceField,
  FlagField,
  InstantField,
  IntegerField,
  NestedField,
  ObjectField,
  TextField,
  TextListField,
  TextListMapField,
} from '../http/fields.js';

class AggregationBody {
  @TextField({ description: 'How records are counted.', example: 'sum', max: 50 })
  type!: string;

  @TextField({ description: 'The property that is aggregated.', optional: true, max: 255 })
  field?: string | null;

  @TextField({
    description:
      'Computes what is aggregated from the record, instead of a property: numbers, texts, + - * /, parentheses, properties.name, timestamp (Unix seconds), code, round, ceil, floor, abs, least, greatest, concat.',
    example: 'ceil(properties.tokens / 1000)',
    optional: true,
    max: EXPRESSION_LENGTH_MAX,
  })
  expression?: string | null;

  @ObjectField({
    description:
      'What else the aggregation asks for; GET /v1/aggregations describes it. Most ask for nothing.',
    optional: true,
    example: { formula: 'max - min' },
  })
  settings?: JsonObject | null;
}

class RoundingBody {
  @ChoiceField({ description: 'Direction.', values: ['round', 'ceil', 'floor'] })
  mode!: 'round' | 'ceil' | 'floor';

  @IntegerField({
    description: 'Decimal places; negative ones round to tens, hundreds, …',
    min: -10,
    max: 15,
    optional: true,
    default: 0,
  })
  precision?: number;
}

/** What a meter counts. */
class CountingBody {
  @TextField({ description: 'Name to show.', optional: true, max: 255 })
  name?: string | null;

  @TextField({ description: '`code` of the usage records; default: the code.', optional: true })
  event_code?: string;

  @NestedField({ description: 'How records are counted.', of: () => AggregationBody })
  aggregation!: AggregationBody;

  @TextListMapField({
    description: 'Property → values; a record counts when each property has one of its values.',
    optional: true,
    example: { region: ['eu', 'us'] },
  })
  filters?: Record<string, string[]>;

  @TextListField({
    description: 'Properties that the usage is kept apart by.',
    optional: true,
    max: 20,
  })
  group_by?: string[];

  @FlagField({
    description:
      'Whether the usage carries over from period to period, as seats and storage do: a window then counts all that was before its end.',
    optional: true,
    default: false,
  })
  recurring?: boolean;

  @NestedField({ description: 'Rounding of the total.', of: () => RoundingBody, optional: true })
  rounding?: RoundingBody | null;
}

const VALID_FROM = {
  description:
    'Records with a timestamp from this instant on are counted so, and those from before as they were; it may lie in the past or in the future. Absent: all records, unless nothing of what is counted changes.',
  optional: true,
  example: '2026-03-01T00:00:00Z',
};

/** A meter without its code. */
export class MeterChangeBody extends CountingBody {
  @InstantField(VALID_FROM)
  valid_from?: string;
}

/** What is left out stays as it is; null takes it away. */
export class MeterPatchBody extends PartialType(CountingBody) {
  @InstantField(VALID_FROM)
  valid_from?: string;
}

export class MeterBody extends CountingBody {
  @TextField({ description: 'Your code of the meter.', example: 'api_calls', max: 100 })
  code!: string;
}

/** The domain checks what the shape cannot say: that the aggregation exists and has the field it needs. */
export const definitionOf = (code: string, body: CountingBody): MeterDefinition => ({
  code,
  ...(body.name == null ? {} : { name: body.name }),
  eventCode: body.event_code ?? code,
  aggregation: aggregationOf(body.aggregation),
  filters: body.filters ?? {},
  groupBy: body.group_by ?? [],
  ...(body.recurring === true ? { recurring: true } : {}),
  ...(body.rounding == null
    ? {}
    : { rounding: { mode: body.rounding.mode, precision: body.rounding.precision ?? 0 } }),
});

/** The definition of a meter with the changes of a request. */
export function patchedDefinition(meter: Meter, patch: MeterPatchBody): MeterDefinition {
  const said = Object.entries(patch).filter(([, value]) => value !== undefined);
  return definitionOf(meter.code, { ...meterAnswer(meter), ...Object.fromEntries(said) });
}

/** Without what the request leaves out or sends as null. */
function aggregationOf({
  type,
  field,
  expression,
  settings,
}: AggregationBody): MeterDefinition['aggregation'] {
  return {
    type,
    ...(field == null ? {} : { field }),
    ...(expression == null ? {} : { expression }),
    ...(settings == null ? {} : { settings }),
  };
}

export const MeterAnswer = answer(
  'Meter',
  Type.Object({
    code: Type.String(),
    version: Type.Integer({ description: 'Rises when what is counted changes.' }),
    name: Nullable(Type.String()),
    event_code: Type.String(),
    aggregation: Type.Object({
      type: Type.String(),
      field: Nullable(Type.String()),
      expression: Nullable(Type.String()),
      settings: Nullable(Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown()))),
    }),
    filters: Type.Record(Type.String(), Type.Array(Type.String())),
    group_by: Type.Array(Type.String()),
    recurring: Type.Boolean({ description: 'Whether the usage carries over.' }),
    rounding: Nullable(
      Type.Object({
        mode: Type.Unsafe<MeterRounding['mode']>(Type.String()),
        precision: Type.Integer(),
      }),
    ),
    valid_from: Nullable(
      InstantText(
        'Records from then on are counted so; null: all. See the versions for those before.',
      ),
    ),
  }),
);

export const MeterPage = pageOf('Meter', MeterAnswer);

export const meterAnswer = (meter: Meter): Static<typeof MeterAnswer> => ({
  code: meter.code,
  version: meter.version,
  name: meter.name ?? null,
  event_code: meter.eventCode,
  aggregation: {
    type: meter.aggregation.type,
    field: meter.aggregation.field ?? null,
    expression: meter.aggregation.expression ?? null,
    settings: meter.aggregation.settings ?? null,
  },
  filters: Object.fromEntries(
    Object.entries(meter.filters).map(([key, values]) => [key, [...values]]),
  ),
  group_by: [...meter.groupBy],
  recurring: meter.recurring === true,
  rounding: meter.rounding ? { ...meter.rounding } : null,
  valid_from: meter.validFrom ?? null,
});
