import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatOf } from '../exports/export-format.js';
import { sendExport } from '../exports/send-export.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { UsageReading } from '../usage/usage-reading.js';
import { EVENTS_EXPORT } from './events-export.js';
import {
  EventAnswer,
  EventPage,
  EventsExportQuery,
  EventsQuery,
  recordsRequestOf,
} from './events.dto.js';

@ApiTags('usage')
@Controller('v1/events')
@RequireScope('read')
export class EventsController {
  constructor(private readonly reading: UsageReading) {}

  @ApiOperation({
    summary:
      'Raw records, newest first: by time for one customer or subscription, else by arrival.',
  })
  @Get()
  @Answers(200, EventPage, 'Usage records.')
  list(@CurrentCaller() { tenant }: Caller, @Query() query: EventsQuery): Promise<object> {
    const { limit, cursor } = query;
    return this.reading.queries.findRecords({ ...recordsRequestOf(tenant, query), limit, cursor });
  }

  @ApiOperation({
    summary: 'All raw records at once, as NDJSON or CSV, in the same order.',
    description:
      'What is there when it begins; `Odometer-Export-Records` says how many records are looked through, which is how many lines come where nothing ' +
      'is filtered. An export that cannot be finished ends with a broken connection.',
  })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @Get('export')
  @Answers(200, EventAnswer, 'A record for each line.')
  async export(
    @CurrentCaller() { tenant }: Caller,
    @Query() query: EventsExportQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = formatOf(query.format, request.headers.accept);
    const { records, position, pages } = await this.reading.queries.exportRecords(
      recordsRequestOf(tenant, query),
    );
    const progress = { 'odometer-export-records': records };
    await sendExport(request, reply, {
      format,
      shape: EVENTS_EXPORT,
      pages,
      position,
      progress,
    });
  }
}
