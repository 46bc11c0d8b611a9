import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { adjustmentTypes } from '@odometer/domain';
import { Type } from '@sinclair/typebox';
import { answer, Answers } from '../http/answers.js';
import { RequireScope } from '../http/auth/scopes.js';
import { DESCRIBED, described } from './described.js';

const AdjustmentList = answer(
  'AdjustmentList',
  Type.Object({ data: Type.Array(Type.Object(DESCRIBED)) }),
);

/** Discounts, caps and minimums, as they describe themselves. */
@ApiTags('pricing')
@Controller('v1/adjustments')
@RequireScope('read')
export class AdjustmentsController {
  @ApiOperation({
    summary: 'Every adjustment of a charge, in the order in which they are applied.',
  })
  @Get()
  @Answers(200, AdjustmentList, 'The adjustments.')
  list(): object {
    return { data: adjustmentTypes.map(described) };
  }
}
