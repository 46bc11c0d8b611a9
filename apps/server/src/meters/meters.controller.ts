import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { meterDecider, type Meter, type MeterState } from '@odometer/domain';
import type { FastifyReply } from 'fastify';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { Answers, notFound } from '../http/answers.js';
import { numberOfCursor, PageQuery, pageAnswer } from '../http/paging.js';
import { tellPosition } from '../http/position-header.js';
import { Lists } from '../lists/lists.js';
import { ArchiveMeter } from './archive-meter.js';
import { DefineMeter } from './define-meter.js';
import { definitionOf, MeterAnswer, meterAnswer, MeterBody, MeterPage } from './meter.dto.js';
import { MeterVersionPage, versionAnswers } from './meter-versions.js';

@ApiTags('meters')
@Controller('v1/meters')
export class MetersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly aggregates: Aggregates,
    private readonly lists: Lists,
  ) {}

  @ApiOperation({
    summary: 'Defines a meter. It counts every record of its event code, also those from before.',
  })
  @Post()
  @RequireScope('write')
  @Answers(201, MeterAnswer, 'The meter.')
  async define(
    @Body() body: MeterBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { code, ...rest } = body;
    const done = await this.commands.execute(new DefineMeter(definitionOf(code, rest), origin));
    tellPosition(reply, done.position);
    return this.shown(done.state, code);
  }

  @Get()
  @RequireScope('read')
  @Answers(200, MeterPage, 'Meters by code.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() page: PageQuery): Promise<object> {
    return pageAnswer(await this.lists.meters(tenant, page), (one) => meterAnswer(one.definition));
  }

  @Get(':code')
  @RequireScope('read')
  @Answers(200, MeterAnswer, 'The meter.')
  async find(@CurrentCaller() { tenant }: Caller, @Param('code') code: string): Promise<object> {
    return meterAnswer(await this.inUse(tenant, code));
  }

  @ApiOperation({
    summary: 'All versions of a meter, the latest first, and which of them counts what.',
  })
  @Get(':code/versions')
  @RequireScope('read')
  @Answers(200, MeterVersionPage, 'Versions, the latest first.')
  async versions(
    @CurrentCaller() { tenant }: Caller,
    @Param('code') code: string,
    @Query() { limit, cursor }: PageQuery,
  ): Promise<object> {
    const all = versionAnswers(await this.lists.meterVersions(tenant, code));
    if (all.length === 0) throw notFound('meter', code);
    const before = cursor === undefined ? Infinity : numberOfCursor(cursor);
    const left = all.filter(({ version }) => version < before);
    const data = left.slice(0, limit);
    return { data, next_cursor: left.length > limit ? String(data.at(-1)?.version) : null };
  }

  @ApiOperation({ summary: 'Takes the meter out of use. Its usage stays in the log.' })
  @Delete(':code')
  @HttpCode(204)
  @RequireScope('write')
  async archive(
    @Param('code') code: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const done = await this.commands.execute(new ArchiveMeter(code, origin));
    tellPosition(reply, done.position);
  }

  private async inUse(tenant: string, code: string): Promise<Meter> {
    const state = await this.aggregates.load(meterDecider, { kind: 'meter', tenant, id: code });
    return definedOf(state, code);
  }

  private shown(state: MeterState, code: string): object {
    return meterAnswer(definedOf(state, code));
  }
}

function definedOf(state: MeterState, code: string): Meter {
  if (state.status !== 'defined') throw notFound('meter', code);
  return state.meter;
}
