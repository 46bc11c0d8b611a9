import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { adjustmentTypes, chargeModels } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, Answers } from '../http/answers.js';
import { RequireScope } from '../http/auth/scopes.js';

const DESCRIBED = {
  code: Type.String(),
  title: Type.String(),
  description: Type.String(),
  schema: Type.Record(Type.String(), Type.Any(), { description: 'JSON Schema of `properties`.' }),
  example: Type.Record(Type.String(), Type.Any(), { description: 'Properties that are accepted.' }),
};

const ChargeModelList = answer(
  'ChargeModelList',
  Type.Object({
    data: Type.Array(
      Type.Object({
        ...DESCRIBED,
        pay_in_advance: Type.Boolean({
          description: 'Whether records may be priced as they come.',
        }),
        prorated: Type.Boolean({ description: 'Whether units may be priced by the day.' }),
      }),
    ),
  }),
);

const AdjustmentList = answer(
  'AdjustmentList',
  Type.Object({ data: Type.Array(Type.Object(DESCRIBED)) }),
);

/** What forms are made of: every price and adjustment there is, as it describes itself. */
@ApiTags('pricing')
@Controller('v1')
@RequireScope('read')
export class ChargeModelsController {
  @ApiOperation({ summary: 'Every charge model, with the schema of its properties.' })
  @Get('charge_models')
  @Answers(200, ChargeModelList, 'The charge models.')
  models(): object {
    return {
      data: chargeModels.map((model) => ({
        ...described(model),
        pay_in_advance: model.payableInAdvance !== false,
        prorated: model.prorated !== undefined,
      })),
    };
  }

  @ApiOperation({
    summary: 'Every adjustment of a charge, in the order in which they are applied.',
  })
  @Get('adjustments')
  @Answers(200, AdjustmentList, 'The adjustments.')
  adjustments(): object {
    return { data: adjustmentTypes.map(described) };
  }
}

type Described = (typeof chargeModels)[number] | (typeof adjustmentTypes)[number];

const described = ({ code, title, description, properties, example }: Described): object => ({
  code,
  title,
  description,
  schema: JSON.parse(JSON.stringify(properties)) as object,
  example,
});
