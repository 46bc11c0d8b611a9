import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { estimatePlan } from '@odometer/domain';
import { Catalog } from '../commands/catalog.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { EstimateAnswer, estimateAnswer } from './estimate.answer.js';
import { EstimateBody } from './estimate.dto.js';
import { estimatedPlan } from './estimating.js';
import { supposedUsage } from './supposed-usage.js';

@ApiTags('pricing')
@Controller('v1/pricing')
export class PricingController {
  constructor(private readonly catalog: Catalog) {}

  @ApiOperation({
    summary: 'What a plan comes to in a full period of a supposed usage. Nothing is stored.',
  })
  @Post('estimate')
  @HttpCode(200)
  @RequireScope('read')
  @Answers(200, EstimateAnswer, 'The price, step by step.')
  async estimate(@CurrentCaller() { tenant }: Caller, @Body() body: EstimateBody): Promise<object> {
    const plan = await estimatedPlan(tenant, body, this.catalog);
    const { currency, charges } = plan;
    const metered = new Set(charges.map(({ meterCode }) => meterCode));
    const estimate = estimatePlan(plan, supposedUsage(body.usage, metered, currency));
    return estimateAnswer(plannedAs(body, plan), estimate);
  }
}

/** A plan that was sent along has no version. */
const plannedAs = (
  body: EstimateBody,
  { code, version, currency }: { code: string; version: number; currency: string },
) =>
  body.plan === undefined
    ? { code, version, currency }
    : { code: body.plan.code ?? null, version: null, currency };
