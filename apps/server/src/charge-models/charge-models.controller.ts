import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { chargeModels } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, Answers } from '../http/answers.js';
import { RequireScope } from '../http/auth/scopes.js';
import { DESCRIBED, described } from './described.js';

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

/** What price forms are made of. */
@ApiTags('pricing')
@Controller('v1/charge_models')
@RequireScope('read')
export class ChargeModelsController {
  @ApiOperation({ summary: 'Every charge model, with the schema of its properties.' })
  @Get()
  @Answers(200, ChargeModelList, 'The charge models.')
  list(): object {
    return {
      data: chargeModels.map((model) => ({
        ...described(model),
        pay_in_advance: model.payableInAdvance !== false,
        prorated: model.prorated !== undefined,
      })),
    };
  }
}
