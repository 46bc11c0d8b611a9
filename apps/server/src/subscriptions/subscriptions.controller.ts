import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { fromIso, subscriptionDecider, type SubscriptionState } from '@odometer/domain';
import type { SubscriptionView } from '@odometer/read-models';
import type { FastifyReply } from 'fastify';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Clocks } from '../commands/clocks.js';
import { Origin } from '../commands/origin.js';
import { Answers, notFound } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { tellPosition } from '../http/position-header.js';
import { Lists } from '../lists/lists.js';
import { ScheduleEnd } from './schedule-end.js';
import { StartSubscription } from './start-subscription.js';
import {
  SubscriptionAnswer,
  subscriptionAnswer,
  SubscriptionBody,
  SubscriptionChangeBody,
  SubscriptionPage,
  SubscriptionsQuery,
} from './subscription.dto.js';
import { TerminateSubscription } from './terminate-subscription.js';

@ApiTags('subscriptions')
@Controller('v1/subscriptions')
export class SubscriptionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly aggregates: Aggregates,
    private readonly clocks: Clocks,
    private readonly lists: Lists,
  ) {}

  @ApiOperation({ summary: 'Starts a subscription now, backdated, or in the future.' })
  @Post()
  @RequireScope('write')
  @Answers(201, SubscriptionAnswer, 'The subscription.')
  async start(
    @Body() body: SubscriptionBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const order = {
      externalId: body.external_id,
      customerId: body.customer_id,
      planCode: body.plan_code,
      billingTime: body.billing_time ?? 'calendar',
      startedAt: body.started_at ?? null,
      endingAt: body.ending_at ?? null,
    } as const;
    const done = await this.commands.execute(new StartSubscription(order, origin));
    tellPosition(reply, done.position);
    return this.shown(origin.caller.tenant, body.external_id, done.state);
  }

  @Get()
  @RequireScope('read')
  @Answers(200, SubscriptionPage, 'Subscriptions by `external_id`, each in its latest life.')
  async list(
    @CurrentCaller() { tenant }: Caller,
    @Query() query: SubscriptionsQuery,
  ): Promise<object> {
    const { limit, cursor, customer_id: customerId, plan_code: planCode, status } = query;
    const request = { limit, cursor, customerId, planCode, status };
    const { data, nextCursor } = await this.lists.subscriptions(tenant, request);
    const shown = data.map(async (life) =>
      subscriptionAnswer(life, await this.clocks.nowOf(tenant, life.terms.customerId)),
    );
    return { data: await Promise.all(shown), next_cursor: nextCursor };
  }

  @Get(':external_id')
  @RequireScope('read')
  @Answers(200, SubscriptionAnswer, 'The subscription.')
  async find(
    @CurrentCaller() { tenant }: Caller,
    @Param('external_id') id: string,
  ): Promise<object> {
    return this.shown(tenant, id, await this.load(tenant, id));
  }

  @ApiOperation({ summary: 'Sets, moves or removes the end.' })
  @Patch(':external_id')
  @RequireScope('write')
  @Answers(200, SubscriptionAnswer, 'The subscription.')
  async change(
    @Param('external_id') id: string,
    @Body() body: SubscriptionChangeBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    const { now } = await this.mustFind(tenant, id);
    if (body.ending_at === undefined) return this.shown(tenant, id, await this.load(tenant, id));
    const endingAt = body.ending_at === null ? null : fromIso(body.ending_at);
    const done = await this.commands.execute(new ScheduleEnd(id, endingAt, now, origin));
    tellPosition(reply, done.position);
    return this.shown(tenant, id, done.state);
  }

  @ApiOperation({ summary: "Terminates the subscription now, on its customer's clock." })
  @Delete(':external_id')
  @RequireScope('write')
  @Answers(200, SubscriptionAnswer, 'The subscription, ended.')
  async terminate(
    @Param('external_id') id: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    const { now } = await this.mustFind(tenant, id);
    const done = await this.commands.execute(new TerminateSubscription(id, now, origin));
    tellPosition(reply, done.position);
    return this.shown(tenant, id, done.state);
  }

  private load(tenant: string, id: string): Promise<SubscriptionState> {
    return this.aggregates.load(subscriptionDecider, { kind: 'subscription', tenant, id });
  }

  private async mustFind(
    tenant: string,
    id: string,
  ): Promise<{ life: SubscriptionView; now: number }> {
    return this.known(tenant, id, await this.load(tenant, id));
  }

  private async shown(tenant: string, id: string, state: SubscriptionState): Promise<object> {
    const { life, now } = await this.known(tenant, id, state);
    return subscriptionAnswer(life, now);
  }

  private async known(
    tenant: string,
    id: string,
    life: SubscriptionState,
  ): Promise<{ life: SubscriptionView; now: number }> {
    if (life.status === 'none') throw notFound('subscription', id);
    return { life, now: await this.clocks.nowOf(tenant, life.terms.customerId) };
  }
}
