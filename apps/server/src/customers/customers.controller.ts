import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { RuleBroken, type CustomerEvent, type CustomerState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import type { FastifyReply } from 'fastify';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Clocks } from '../commands/clocks.js';
import { Origin } from '../commands/origin.js';
import { Answers } from '../http/answers.js';
import { CurrentCaller, type Caller } from '../http/auth/caller.js';
import { RequireScope } from '../http/auth/scopes.js';
import { tellPosition } from '../http/position-header.js';
import { Lists } from '../lists/lists.js';
import { ArchiveCustomer } from './archive-customer.js';
import { CustomerDirectory } from './customer-directory.js';
import {
  changesOf,
  CustomerAnswer,
  customerAnswer,
  CustomerBody,
  CustomerChangeBody,
  CustomerPage,
  CustomersQuery,
} from './customer.dto.js';
import { EraseCustomer } from './erase-customer.js';
import { PatchCustomer } from './patch-customer.js';
import { RegisterCustomer } from './register-customer.js';

@ApiTags('customers')
@Controller('v1/customers')
export class CustomersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly directory: CustomerDirectory,
    private readonly clocks: Clocks,
    private readonly lists: Lists,
  ) {}

  @ApiOperation({ summary: 'Registers a customer, or changes the one with this `external_id`.' })
  @Post()
  @RequireScope('write')
  @Answers(201, CustomerAnswer, 'The customer, new.')
  @Answers(200, CustomerAnswer, 'The customer, known before.')
  async register(
    @Body() body: CustomerBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    const id = body.external_id;
    if (body.test_clock != null) await this.checkClock(tenant, body.test_clock);
    const personal = await this.directory.sealChanges(tenant, id, body);
    const changes = { ...changesOf(body), personal };
    const done = await this.commands.execute(new RegisterCustomer(id, changes, origin));
    void reply.code(done.revision === 0 && done.events.length > 0 ? 201 : 200);
    return this.told(reply, tenant, id, done);
  }

  @Get()
  @RequireScope('read')
  @Answers(200, CustomerPage, 'Customers by `external_id`, archived ones left out.')
  async list(@CurrentCaller() { tenant }: Caller, @Query() query: CustomersQuery): Promise<object> {
    const { limit, cursor, external_id_prefix: externalIdPrefix, test_clock: testClock } = query;
    const request = { limit, cursor, externalIdPrefix, testClock };
    const { data, nextCursor } = await this.lists.customers(tenant, request);
    const opened = await this.directory.personalOfAll(tenant, data);
    return {
      data: data.map((one, at) => customerAnswer(one, opened[at] ?? {})),
      next_cursor: nextCursor,
    };
  }

  @Get(':external_id')
  @RequireScope('read')
  @Answers(200, CustomerAnswer, 'The customer.')
  find(@CurrentCaller() { tenant }: Caller, @Param('external_id') id: string): Promise<object> {
    return this.shown(tenant, id);
  }

  @ApiOperation({ summary: 'Changes what is sent; null takes a field away.' })
  @Patch(':external_id')
  @RequireScope('write')
  @Answers(200, CustomerAnswer, 'The customer.')
  async patch(
    @Param('external_id') id: string,
    @Body() body: CustomerChangeBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    await this.directory.find(tenant, id);
    const personal = await this.directory.sealChanges(tenant, id, body);
    const changes = { ...changesOf(body), personal };
    const done = await this.commands.execute(new PatchCustomer(id, changes, origin));
    return this.told(reply, tenant, id, done);
  }

  @ApiOperation({
    summary: 'Archives the customer: it leaves the lists, its usage and invoices stay.',
  })
  @Delete(':external_id')
  @HttpCode(204)
  @RequireScope('write')
  async archive(
    @Param('external_id') id: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const done = await this.commands.execute(new ArchiveCustomer(id, origin));
    tellPosition(reply, done.position);
  }

  @ApiOperation({
    summary: 'Erases the personal data for ever, by destroying its key. Usage and amounts stay.',
  })
  @Post(':external_id/erase')
  @HttpCode(200)
  @RequireScope('admin')
  @Answers(200, CustomerAnswer, 'The customer without personal data.')
  async erase(
    @Param('external_id') id: string,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { tenant } = origin.caller;
    await this.directory.destroyKey(tenant, id);
    const done = await this.commands.execute(new EraseCustomer(id, origin));
    return this.told(reply, tenant, id, done);
  }

  private async told(
    reply: FastifyReply,
    tenant: string,
    id: string,
    { position }: Handled<CustomerState, CustomerEvent>,
  ): Promise<object> {
    tellPosition(reply, position);
    return this.shown(tenant, id);
  }

  private async shown(tenant: string, id: string): Promise<object> {
    const known = await this.directory.find(tenant, id);
    return customerAnswer(known, await this.directory.personalOf(tenant, known));
  }

  private async checkClock(tenant: string, code: string): Promise<void> {
    if (await this.clocks.exists(tenant, code)) return;
    throw new RuleBroken('validation_failed', 'Not valid: /test_clock', 'invalid', [
      { pointer: '/test_clock', code: 'unknown_test_clock', detail: `No test clock ${code}.` },
    ]);
  }
}
