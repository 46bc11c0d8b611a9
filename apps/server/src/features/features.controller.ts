import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { featureDecider, type FeatureState } from '@odometer/domain';
import type { FastifyReply } from 'fastify';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { Answers, notFound } from '../http/answers.js';
import { PageQuery, pageAnswer } from '../http/paging.js';
import { tellPosition } from '../http/position-header.js';
import { Lists } from '../lists/lists.js';
import { ArchiveFeature } from './archive-feature.js';
import { DefineFeature } from './define-feature.js';
import {
  featureOf,
  FeatureAnswer,
  featureAnswer,
  FeatureBody,
  FeaturePage,
} from './feature.dto.js';

@ApiTags('features')
@Controller('v1/features')
export class FeaturesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly aggregates: Aggregates,
    private readonly lists: Lists,
  ) {}

  @ApiOperation({ summary: 'Defines a feature that plans can grant, or renames one.' })
  @Post()
  @RequireScope('write')
  @Answers(201, FeatureAnswer, 'The feature.')
  async define(
    @Body() body: FeatureBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const done = await this.commands.execute(new DefineFeature(featureOf(body), origin));
    tellPosition(reply, done.position);
    return this.shown(done.state, body.code);
  }

  @Get()
  @RequireScope('read')
  @Answers(200, FeaturePage, 'Features by code.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() page: PageQuery): Promise<object> {
    return pageAnswer(await this.lists.features(tenant, page), (one) =>
      featureAnswer(one.definition),
    );
  }

  @Get(':code')
  @RequireScope('read')
  @Answers(200, FeatureAnswer, 'The feature.')
  async find(@CurrentCaller() { tenant }: Caller, @Param('code') code: string): Promise<object> {
    const state = await this.aggregates.load(featureDecider, { kind: 'feature', tenant, id: code });
    return this.shown(state, code);
  }

  @ApiOperation({ summary: 'Takes the feature out of use; plans that grant it go on.' })
  @Delete(':code')
  @HttpCode(204)
  @RequireScope('write')
  async archive(
    @Param('code') code: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const done = await this.commands.execute(new ArchiveFeature(code, origin));
    tellPosition(reply, done.position);
  }

  private shown(state: FeatureState, code: string): object {
    if (state.status !== 'defined') throw notFound('feature', code);
    return featureAnswer(state.feature);
  }
}
