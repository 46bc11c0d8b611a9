import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { fromIso } from '@odometer/domain';
import type { InvoiceView } from '@odometer/read-models';
import type { FastifyReply } from 'fastify';
import { Billing } from '../billing/billing.js';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Clocks } from '../commands/clocks.js';
import { Origin } from '../commands/origin.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { tellPosition } from '../http/position-header.js';
import { InvoiceReading } from './invoice-reading.js';
import {
  InvoiceAnswer,
  invoiceAnswer,
  InvoicePage,
  InvoicesQuery,
  PreviewAnswer,
  previewAnswer,
  PreviewBody,
  VoidBody,
} from './invoice.dto.js';
import { VoidInvoice } from './void-invoice.js';

@ApiTags('invoices')
@Controller('v1/invoices')
export class InvoicesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly billing: Billing,
    private readonly clocks: Clocks,
    private readonly reading: InvoiceReading,
  ) {}

  @Get()
  @RequireScope('read')
  @Answers(200, InvoicePage, 'Invoices, the one drafted last first.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: InvoicesQuery): Promise<object> {
    const { data, next_cursor } = await this.reading.page(tenant, query, {
      customerId: query.customer_id,
      subscriptionId: query.subscription_id,
      status: query.status,
      number: query.number,
      periodFrom: query.period_from === undefined ? undefined : fromIso(query.period_from),
      periodTo: query.period_to === undefined ? undefined : fromIso(query.period_to),
    });
    const shown = await Promise.all(data.map((invoice) => this.current(tenant, invoice)));
    return { data: shown.map(invoiceAnswer), next_cursor };
  }

  @ApiOperation({
    summary:
      'The invoice of a running period as it would be if usage stopped now. Nothing is written.',
  })
  @Post('preview')
  @HttpCode(200)
  @RequireScope('read')
  @Answers(200, PreviewAnswer, 'The invoice to come.')
  async preview(
    @CurrentCaller() { tenant }: Caller,
    @Body() { subscription_id: id }: PreviewBody,
  ): Promise<object> {
    const now = await this.clocks.nowOfSubscription(tenant, id);
    return previewAnswer(await this.billing.reports.previewInvoice(tenant, id, now));
  }

  @Get(':id')
  @RequireScope('read')
  @Answers(200, InvoiceAnswer, 'The invoice.')
  async find(@CurrentCaller() { tenant }: Caller, @Param('id') id: string): Promise<object> {
    return invoiceAnswer(await this.current(tenant, await this.reading.find(tenant, id)));
  }

  @ApiOperation({ summary: 'Makes a draft final before its grace period is over.' })
  @Post(':id/finalize')
  @HttpCode(200)
  @RequireScope('write')
  @Answers(200, InvoiceAnswer, 'The invoice, final.')
  async finalize(
    @CurrentCaller() { tenant }: Caller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { customerId } = await this.reading.find(tenant, id);
    const now = await this.clocks.nowOf(tenant, customerId);
    const position = await this.billing.finalize(tenant, id, now);
    tellPosition(reply, position);
    return invoiceAnswer(await this.reading.find(tenant, id));
  }

  @ApiOperation({ summary: 'Voids a final invoice. Its number and lines stay.' })
  @Post(':id/void')
  @HttpCode(200)
  @RequireScope('write')
  @Answers(200, InvoiceAnswer, 'The invoice, voided.')
  async void(
    @Param('id') id: string,
    @Body() { reason }: VoidBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    await this.reading.find(tenant, id);
    const done = await this.commands.execute(new VoidInvoice(id, reason ?? null, origin));
    await this.billing.reached(done.position);
    tellPosition(reply, done.position);
    return invoiceAnswer(await this.reading.find(tenant, id));
  }

  /** A draft shows what it would say if it became final now. */
  private async current(tenant: string, invoice: InvoiceView): Promise<InvoiceView> {
    if (invoice.status !== 'draft') return invoice;
    const content = await this.billing.biller.currentContent(tenant, invoice.invoiceId);
    return content === null ? invoice : { ...invoice, ...content };
  }
}
