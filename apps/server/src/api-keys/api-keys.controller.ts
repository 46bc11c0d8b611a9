import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { PositionWait } from '../http/min-position.interceptor.js';
import { PageQuery, pageAnswer } from '../http/paging.js';
import { tellPosition } from '../http/position-header.js';
import { HttpProblem } from '../http/problem.js';
import { Lists } from '../lists/lists.js';
import { ApiKeyBody, ApiKeyPage, IssuedKeyAnswer, keyAnswer } from './api-key.dto.js';
import { newKey } from './api-key.js';
import { IssueApiKey } from './issue-api-key.js';
import { RevokeApiKey } from './revoke-api-key.js';

@ApiTags('access')
@Controller('v1/api_keys')
@RequireScope('admin')
export class ApiKeysController {
  constructor(
    private readonly commands: CommandBus,
    private readonly lists: Lists,
    private readonly wait: PositionWait,
  ) {}

  @ApiOperation({ summary: 'Issues a key. The answer shows its secret, once.' })
  @Post()
  @Answers(201, IssuedKeyAnswer, 'The key with its secret.')
  async issue(
    @Body() body: ApiKeyBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { issue, secret } = newKey(body.name, body.scopes);
    const done = await this.commands.execute(new IssueApiKey(issue, origin));
    if (done.events.length === 0) throw lostSecret();
    // The key works as soon as the answer is there.
    await this.wait.reach(done.position);
    tellPosition(reply, done.position);
    const { keyId: id, name, prefix, scopes } = issue;
    return { id, name, prefix, scopes, secret };
  }

  @Get()
  @Answers(200, ApiKeyPage, 'Keys, newest first, without their secrets.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() page: PageQuery): Promise<object> {
    return pageAnswer(await this.lists.apiKeys(tenant, page), keyAnswer);
  }

  @ApiOperation({ summary: 'Revokes a key. Within five seconds no process lets it in any more.' })
  @Delete(':id')
  @HttpCode(204)
  async revoke(
    @Param('id') id: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const done = await this.commands.execute(new RevokeApiKey(id, origin));
    tellPosition(reply, done.position);
  }
}

const lostSecret = (): HttpProblem =>
  new HttpProblem(
    409,
    'secret_lost',
    'An earlier request with this Idempotency-Key issued the key, and its answer was lost; revoke it and issue another.',
  );
