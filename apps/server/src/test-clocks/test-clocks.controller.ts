import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { fromIso, testClockDecider, type TestClockState } from '@odometer/domain';
import type { FastifyReply } from 'fastify';
import { Billing } from '../billing/billing.js';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { Answers, notFound } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { PageQuery, pageAnswer } from '../http/paging.js';
import { tellPosition } from '../http/position-header.js';
import { Lists } from '../lists/lists.js';
import { AdvanceTestClock } from './advance-test-clock.js';
import { CreateTestClock } from './create-test-clock.js';
import {
  AdvanceBody,
  clockAnswer,
  TestClockAnswer,
  TestClockBody,
  TestClockPage,
} from './test-clock.dto.js';

@ApiTags('test clocks')
@Controller('v1/test_clocks')
export class TestClocksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly aggregates: Aggregates,
    private readonly billing: Billing,
    private readonly lists: Lists,
  ) {}

  @ApiOperation({ summary: 'Makes a clock. Customers registered with it live on its time.' })
  @Post()
  @RequireScope('write')
  @Answers(201, TestClockAnswer, 'The clock.')
  async create(
    @Body() body: TestClockBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const command = new CreateTestClock(body.code, fromIso(body.now), origin);
    const done = await this.commands.execute(command);
    tellPosition(reply, done.position);
    return shown(body.code, done.state);
  }

  @Get()
  @RequireScope('read')
  @Answers(200, TestClockPage, 'Clocks by code.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() page: PageQuery): Promise<object> {
    return pageAnswer(await this.lists.clocks(tenant, page), clockAnswer);
  }

  @Get(':code')
  @RequireScope('read')
  @Answers(200, TestClockAnswer, 'The clock.')
  async find(@CurrentCaller() { tenant }: Caller, @Param('code') code: string): Promise<object> {
    const target = { kind: 'clock', tenant, id: code };
    return shown(code, await this.aggregates.load(testClockDecider, target));
  }

  @ApiOperation({
    summary:
      'Moves the clock forward. Everything that falls due is run, in order, before the answer.',
  })
  @Post(':code/advance')
  @HttpCode(200)
  @RequireScope('write')
  @Answers(200, TestClockAnswer, 'The clock, after everything that fell due.')
  async advance(
    @Param('code') code: string,
    @Body() body: AdvanceBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const command = new AdvanceTestClock(code, fromIso(body.to), origin);
    const done = await this.commands.execute(command);
    // Also when the clock was there already: an earlier request may have died before its bills were made.
    const billed = await this.billing.runClock(origin.caller.tenant, code, fromIso(body.to));
    tellPosition(reply, Math.max(done.position, billed));
    return shown(code, done.state);
  }
}

function shown(code: string, state: TestClockState): object {
  if (state.status === 'none') throw notFound('test clock', code);
  return clockAnswer({ code, now: state.now });
}
