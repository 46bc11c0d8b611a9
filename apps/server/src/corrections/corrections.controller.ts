import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { tellPosition } from '../http/position-header.js';
import { CorrectUsage } from './correct-usage.js';
import {
  AmendEventBody,
  EventHistoryAnswer,
  eventHistoryAnswer,
  SubjectOfEventQuery,
  VoidEventBody,
} from './correction.dto.js';
import { CorrectionLog } from './correction-log.js';
import { changesOf, requestOf } from './correction-request.js';

@ApiTags('usage')
@Controller('v1/events')
export class CorrectionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly log: CorrectionLog,
  ) {}

  @ApiOperation({
    summary: 'The same as its `/history`, for every event but one whose id is `export`.',
  })
  @Get(':transaction_id')
  @RequireScope('read')
  @Answers(200, EventHistoryAnswer, 'The event.')
  find(
    @CurrentCaller() caller: Caller,
    @Param('transaction_id') id: string,
    @Query() subject: SubjectOfEventQuery,
  ): Promise<object> {
    return this.history(caller, id, subject);
  }

  @ApiOperation({
    summary: 'One event with every version of it: what it said, who changed it, when and why.',
  })
  @Get(':transaction_id/history')
  @RequireScope('read')
  @Answers(200, EventHistoryAnswer, 'The event.')
  async history(
    @CurrentCaller() { tenant }: Caller,
    @Param('transaction_id') id: string,
    @Query() subject: SubjectOfEventQuery,
  ): Promise<object> {
    return eventHistoryAnswer(await this.log.findNow(requestOf(tenant, id, subject)));
  }

  @ApiOperation({
    summary:
      'Takes an event back: it counts nowhere any more, its transaction_id stays taken. Again, it changes nothing.',
  })
  @Post(':transaction_id/void')
  @HttpCode(200)
  @RequireScope('write')
  @Answers(200, EventHistoryAnswer, 'The event, voided.')
  void(
    @Param('transaction_id') id: string,
    @Body() body: VoidEventBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const correction = { type: 'VoidUsage', reason: body.reason } as const;
    const request = requestOf(origin.caller.tenant, id, body);
    return this.correct(new CorrectUsage(request, correction, origin), reply);
  }

  @ApiOperation({
    summary:
      'Replaces what an event says. What is left out stays; whose it is cannot be changed. A void event cannot be amended.',
  })
  @Post(':transaction_id/amend')
  @HttpCode(200)
  @RequireScope('write')
  @Answers(200, EventHistoryAnswer, 'The event, amended.')
  amend(
    @Param('transaction_id') id: string,
    @Body() body: AmendEventBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const changes = changesOf(id, body, this.log.now());
    const correction = { type: 'AmendUsage', reason: body.reason, changes } as const;
    const request = requestOf(origin.caller.tenant, id, body);
    return this.correct(new CorrectUsage(request, correction, origin), reply);
  }

  private async correct(command: CorrectUsage, reply: FastifyReply): Promise<object> {
    const { record, position } = await this.commands.execute(command);
    tellPosition(reply, position);
    return eventHistoryAnswer(record);
  }
}
