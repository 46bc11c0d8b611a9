import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { pastUsageOf } from '@odometer/billing';
import { Billing } from '../billing/billing.js';
import { Clocks } from '../commands/clocks.js';
import { CustomerDirectory } from '../customers/customer-directory.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { PageQuery } from '../http/paging.js';
import { InvoiceReading } from '../invoices/invoice-reading.js';
import {
  CurrentUsageAnswer,
  currentUsageAnswer,
  CustomerUsageAnswer,
  customerUsageAnswer,
  PastUsagePage,
  pastUsageAnswer,
} from './current-usage.answer.js';
import {
  CustomerProjectionAnswer,
  ProjectedUsageAnswer,
  projectedUsageAnswer,
} from './projected-usage.answer.js';

const PROJECTION =
  'Linear: units so far, divided by the share of the period that is over, and priced anew. Counts and sums grow; what recurring meters and every ' +
  'other aggregation show stands until the end of the period. Charges that are priced record by record grow by their amount.';

@ApiTags('usage')
@Controller('v1')
@RequireScope('read')
export class CurrentUsageController {
  constructor(
    private readonly billing: Billing,
    private readonly clocks: Clocks,
    private readonly customers: CustomerDirectory,
    private readonly invoices: InvoiceReading,
  ) {}

  @ApiOperation({
    summary: 'The usage of the running period of a subscription, and what it comes to so far.',
  })
  @Get('subscriptions/:external_id/current_usage')
  @Answers(200, CurrentUsageAnswer, 'The usage so far.')
  async ofSubscription(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
  ): Promise<object> {
    const now = await this.clocks.nowOfSubscription(tenant, id);
    return currentUsageAnswer(await this.billing.reports.currentUsage(tenant, id, now));
  }

  @ApiOperation({
    summary: "The usage of the running periods of all of a customer's subscriptions.",
  })
  @Get('customers/:external_id/current_usage')
  @Answers(200, CustomerUsageAnswer, 'The usage so far.')
  async ofCustomer(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
  ): Promise<object> {
    await this.customers.find(tenant, id);
    const now = await this.clocks.nowOf(tenant, id);
    const { reports } = this.billing;
    return customerUsageAnswer(id, await reports.currentUsageOfCustomer(tenant, id, now));
  }

  @ApiOperation({
    summary:
      'The usage of the running period of a subscription, and what it comes to at its end if usage goes on as it did.',
    description: PROJECTION,
  })
  @Get('subscriptions/:external_id/projected_usage')
  @Answers(200, ProjectedUsageAnswer, 'The usage so far, and projected.')
  async projectionOfSubscription(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
  ): Promise<object> {
    const now = await this.clocks.nowOfSubscription(tenant, id);
    return projectedUsageAnswer(await this.billing.reports.projectedUsage(tenant, id, now));
  }

  @ApiOperation({
    summary: "The projections of all of a customer's subscriptions.",
    description: PROJECTION,
  })
  @Get('customers/:external_id/projected_usage')
  @Answers(200, CustomerProjectionAnswer, 'The usage so far, and projected.')
  async projectionOfCustomer(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
  ): Promise<object> {
    await this.customers.find(tenant, id);
    const now = await this.clocks.nowOf(tenant, id);
    const usages = await this.billing.reports.projectedUsageOfCustomer(tenant, id, now);
    return { customer_id: id, subscriptions: usages.map(projectedUsageAnswer) };
  }

  @ApiOperation({ summary: 'Closed periods as they were billed, newest first.' })
  @Get('customers/:external_id/past_usage')
  @Answers(200, PastUsagePage, 'Closed periods.')
  async past(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
    @Query() page: PageQuery,
  ): Promise<object> {
    await this.customers.find(tenant, id);
    const { data, next_cursor } = await this.invoices.page(tenant, page, {
      customerId: id,
      status: 'finalized',
    });
    const final = data.map((invoice) => ({ ...invoice, number: invoice.number ?? '' }));
    return { data: pastUsageOf(final).map(pastUsageAnswer), next_cursor };
  }
}
