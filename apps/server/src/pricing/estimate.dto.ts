import { ApiProperty, OmitType } from '@nestjs/swagger';
import type { JsonObject } from '@odometer/domain';
import { NestedField, ObjectField, TextField } from '../http/fields.js';
import { PlanBody } from '../plans/plan.dto.js';

/** The body of `POST /v1/plans`; code and name may be left out. */
export class EstimatedPlanBody extends OmitType(PlanBody, ['code', 'name'] as const) {
  @TextField({ description: 'Your code of the plan.', max: 100, optional: true })
  code?: string;

  @TextField({ description: 'Name to show.', max: 255, optional: true })
  name?: string;
}

export class EstimateBody {
  @TextField({
    description: 'A plan on sale; its current version is priced.',
    example: 'pro',
    max: 100,
    optional: true,
  })
  plan_code?: string;

  @NestedField({
    description: 'In place of plan_code: a plan as it would be published.',
    of: () => EstimatedPlanBody,
    optional: true,
  })
  plan?: EstimatedPlanBody;

  @ApiProperty({
    additionalProperties: {
      oneOf: [
        { type: 'string' },
        { type: 'number' },
        { $ref: '#/components/schemas/SupposedUsage' },
      ],
    },
  })
  @ObjectField({
    description:
      'Units by meter code, or an object with units, events_count, events and groups. Meters that are left out have no usage.',
    example: { api_calls: '1200', transfers: { events: [{ units: '50' }, { units: '20' }] } },
  })
  usage!: JsonObject;
}
