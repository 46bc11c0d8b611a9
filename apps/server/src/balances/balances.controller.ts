import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { checkAllowed, decimal } from '@odometer/domain';
import type { FastifyReply } from 'fastify';
import { Answers, notFound } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { PositionWait } from '../http/min-position.interceptor.js';
import { tellPosition } from '../http/position-header.js';
import { HttpProblem } from '../http/problem.js';
import {
  balanceAnswer,
  BalancesAnswer,
  CheckAnswer,
  CheckBody,
  TrackAnswer,
  TrackBody,
} from './balance.dto.js';
import { Balances } from './balances.js';
import { TrackUsage } from './track-usage.js';

@ApiTags('balances')
@Controller('v1')
export class BalancesController {
  constructor(
    private readonly balances: Balances,
    private readonly tracking: TrackUsage,
    private readonly wait: PositionWait,
  ) {}

  @ApiOperation({ summary: 'What the customer is entitled to, and what is left of it.' })
  @Get('customers/:external_id/balances')
  @RequireScope('read')
  @Answers(200, BalancesAnswer, 'Balances by feature.')
  async ofCustomer(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
  ): Promise<object> {
    const reached = await this.wait.reached();
    const { balances, position } = await this.balances.ofCustomer(tenant, id);
    const data = [...balances].map(([code, access]) => balanceAnswer(code, access));
    return { data, position: position ?? reached };
  }

  @ApiOperation({
    summary: 'Whether the customer may use so much of a feature now. Reserves nothing.',
  })
  @Post('check')
  @HttpCode(200)
  @RequireScope('read')
  @Answers(200, CheckAnswer, 'The answer and the balance behind it.')
  async check(@CurrentCaller() { tenant }: Caller, @Body() body: CheckBody): Promise<object> {
    if (body.consume === true) throw notOffered();
    const reached = await this.wait.reached();
    const { customer_id: customer, feature_code: code } = body;
    const { feature, access, position } = await this.balances.ofFeature(tenant, customer, code);
    if (feature === null) throw notFound('feature', code);
    const result = checkAllowed(access, decimal(body.required ?? '1'));
    return { ...result, balance: balanceAnswer(code, access), position: position ?? reached };
  }

  @ApiOperation({ summary: 'Records usage of a metered feature and answers the balance after it.' })
  @Post('track')
  @HttpCode(200)
  @RequireScope('ingest')
  @Answers(200, TrackAnswer, 'The record is durable; the balance counts it.')
  async track(
    @CurrentCaller() caller: Caller,
    @Body() body: TrackBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { transactionId, status, position } = await this.tracking.track(caller, body);
    tellPosition(reply, position);
    const seen = await this.wait.reach(position);
    const { access } = seen
      ? await this.balances.ofFeature(caller.tenant, body.customer_id, body.feature_code)
      : { access: null };
    return {
      transaction_id: transactionId,
      status,
      position,
      balance: balanceAnswer(body.feature_code, access),
    };
  }
}

const notOffered = (): HttpProblem =>
  new HttpProblem(422, 'validation_failed', 'Not valid: /consume.', {
    errors: [
      {
        pointer: '/consume',
        code: 'not_offered',
        detail: 'Gated consumption is not offered yet: leave it out or send false',
      },
    ],
  });
