import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { PlanState } from '@odometer/domain';
import type { FastifyReply } from 'fastify';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Catalog } from '../commands/catalog.js';
import { Origin } from '../commands/origin.js';
import { Answers, notFound } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { PageQuery, pageAnswer } from '../http/paging.js';
import { tellPosition } from '../http/position-header.js';
import { Lists } from '../lists/lists.js';
import { ArchivePlan } from './archive-plan.js';
import { PlanAnswer, planAnswer, PlanPage } from './plan.answer.js';
import { PlanBody, PlanChangeBody, planOf } from './plan.dto.js';
import { PublishPlan } from './publish-plan.js';

@ApiTags('plans')
@Controller('v1/plans')
export class PlansController {
  constructor(
    private readonly commands: CommandBus,
    private readonly catalog: Catalog,
    private readonly lists: Lists,
  ) {}

  @ApiOperation({
    summary:
      'Publishes a plan, or its next version when anything differs. Subscriptions keep the version they started on.',
  })
  @Post()
  @RequireScope('write')
  @Answers(201, PlanAnswer, 'The plan in its current version.')
  publish(
    @Body() { code, ...plan }: PlanBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    return this.publishAs(code, plan, origin, reply);
  }

  @Get()
  @RequireScope('read')
  @Answers(200, PlanPage, 'Current versions of the plans, by code.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() page: PageQuery): Promise<object> {
    return pageAnswer(await this.lists.plans(tenant, page), (one) => planAnswer(one.definition));
  }

  @Get(':code')
  @RequireScope('read')
  @Answers(200, PlanAnswer, 'The plan in its current version.')
  async find(@CurrentCaller() { tenant }: Caller, @Param('code') code: string): Promise<object> {
    const plan = await this.catalog.plan(tenant, code);
    if (!plan) throw notFound('plan', code);
    return planAnswer(plan);
  }

  @ApiOperation({ summary: 'Publishes the next version of a plan.' })
  @Put(':code')
  @RequireScope('write')
  @Answers(200, PlanAnswer, 'The plan in its current version.')
  async revise(
    @Param('code') code: string,
    @Body() body: PlanChangeBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    if (!(await this.catalog.plan(origin.caller.tenant, code))) throw notFound('plan', code);
    return this.publishAs(code, body, origin, reply);
  }

  @ApiOperation({ summary: 'Takes the plan off sale. Subscriptions on it go on.' })
  @Delete(':code')
  @HttpCode(204)
  @RequireScope('write')
  async archive(
    @Param('code') code: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const done = await this.commands.execute(new ArchivePlan(code, origin));
    tellPosition(reply, done.position);
  }

  private async publishAs(
    code: string,
    body: PlanChangeBody,
    origin: CommandOrigin,
    reply: FastifyReply,
  ): Promise<object> {
    const done = await this.commands.execute(new PublishPlan(planOf(code, body), origin));
    tellPosition(reply, done.position);
    return shown(done.state, code);
  }
}

function shown(state: PlanState, code: string): object {
  if (state.status !== 'published') throw notFound('plan', code);
  return planAnswer(state.plan);
}
