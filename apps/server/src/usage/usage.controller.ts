import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { toIso, toText } from '@odometer/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { formatOf } from '../exports/export-format.js';
import { sendExport } from '../exports/send-export.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { UsageReading } from './usage-reading.js';
import { countWindows, rowsOfPages, usageExport } from './usage-export.js';
import {
  UsageAnswer,
  UsageExportQuery,
  UsageQuery,
  UsageRowAnswer,
  usageRows,
} from './usage.dto.js';

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
    summary: 'The same rows as NDJSON or CSV, for any number of windows.',
    description:
      'Each page is read when it is due: every row reflects the position told at least. `Odometer-Export-Windows` says how many windows come, with a row ' +
      'for each of their groups. An export that cannot be finished ends with a broken connection.',
  })
  @ApiProduces('application/x-ndjson', 'text/csv')
  @Get('usage/export')
  @RequireScope('read')
  @Answers(200, UsageRowAnswer, 'A window and group for each line.')
  async export(
    @CurrentCaller() { tenant }: Caller,
    @Query() query: UsageExportQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const format = formatOf(query.format, request.headers.accept);
    const asked = await this.reading.asked(tenant, query);
    const windows = await countWindows(asked);
    const { position, rows } = await rowsOfPages(this.reading.pages(tenant, asked));
    await sendExport(request, reply, {
      format,
      shape: usageExport(asked.groupBy),
      pages: rows,
      position,
      progress: { 'odometer-export-windows': windows },
    });
  }
}
