import { Body, Controller, Get, Param, Patch, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Billing } from '../billing/billing.js';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { tellPosition } from '../http/position-header.js';
import { FeeAnswer, feeAnswer, FeePage, FeesQuery, SettleBody } from './fee.dto.js';
import { FeeReading } from './fee-reading.js';
import { SettleFee } from './settle-fee.js';

@ApiTags('fees')
@Controller('v1/fees')
export class FeesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly billing: Billing,
    private readonly reading: FeeReading,
  ) {}

  @ApiOperation({
    summary: 'Fees of charges that are paid in advance and kept off invoices, for you to settle.',
  })
  @Get()
  @RequireScope('read')
  @Answers(200, FeePage, 'Fees, the one charged last first.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: FeesQuery): Promise<object> {
    const { data, next_cursor } = await this.reading.page(tenant, query, {
      customerId: query.customer_id,
      subscriptionId: query.subscription_id,
      paymentStatus: query.payment_status,
    });
    return { data: data.map(feeAnswer), next_cursor };
  }

  @Get(':id')
  @RequireScope('read')
  @Answers(200, FeeAnswer, 'The fee.')
  async find(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<object> {
    return feeAnswer(await this.reading.find(tenant, id));
  }

  @ApiOperation({ summary: 'Says what became of a fee.' })
  @Patch(':id')
  @RequireScope('write')
  @Answers(200, FeeAnswer, 'The fee as it is now.')
  async settle(
    @Param('id') id: string,
    @Body() { payment_status }: SettleBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    const fee = await this.reading.find(tenant, id);
    const done = await this.commands.execute(new SettleFee(fee, payment_status, origin));
    await this.billing.reached(done.position);
    tellPosition(reply, done.position);
    return feeAnswer(await this.reading.find(tenant, id));
  }
}
