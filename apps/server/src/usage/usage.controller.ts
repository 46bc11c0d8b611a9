import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { fromIso, toIso, toText } from '@odometer/domain';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { UsageReading } from './usage-reading.js';
import { EventPage, EventsQuery, UsageAnswer, UsageQuery, usageRows } from './usage.dto.js';

@ApiTags('usage')
@Controller('v1')
export class UsageController {
  constructor(private readonly reading: UsageReading) {}

  @ApiOperation({
    summary:
      'Usage of a meter in `[from, to)`: of a customer, of what names a subscription, or of everybody.',
  })
  @Get('usage')
  @RequireScope('read')
  @Answers(200, UsageAnswer, 'Usage by window and group, and its total.')
  async usage(@CurrentCaller() { tenant }: Caller, @Query() query: UsageQuery): Promise<object> {
    const usage = await this.reading.overTime(tenant, query);
    return {
      meter_code: query.meter_code,
      from: toIso(usage.period.from),
      to: toIso(usage.period.to),
      data: usageRows(usage),
      total: toText(usage.total.value),
      events_count: usage.total.eventsCount,
      position: usage.answer.position,
    };
  }

  @ApiOperation({
    summary:
      'Raw records, newest first: by time for one customer or subscription, else by arrival.',
  })
  @Get('events')
  @RequireScope('read')
  @Answers(200, EventPage, 'Usage records.')
  events(@CurrentCaller() { tenant }: Caller, @Query() query: EventsQuery): Promise<object> {
    return this.reading.queries.findRecords({
      tenant,
      customerId: query.customer_id,
      subscriptionId: query.subscription_id,
      entityId: query.entity_id,
      code: query.code,
      from: query.from === undefined ? undefined : fromIso(query.from),
      to: query.to === undefined ? undefined : fromIso(query.to),
      limit: query.limit,
      cursor: query.cursor,
    });
  }
}
