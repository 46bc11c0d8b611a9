import { Body, Controller, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Type } from '@sinclair/typebox';
import type { FastifyReply } from 'fastify';
import { v5 } from 'uuid';
import { newKey } from '../api-keys/api-key.js';
import { IssueApiKey } from '../api-keys/issue-api-key.js';
import type { CommandOrigin } from '../commands/aggregates.js';
import { Origin } from '../commands/origin.js';
import { answer, Answers, Nullable } from '../http/answers.js';
import { RequireScope } from '../http/auth/scopes.js';
import { TextField } from '../http/fields.js';
import { PositionWait } from '../http/min-position.interceptor.js';
import { tellPosition } from '../http/position-header.js';
import { HttpProblem } from '../http/problem.js';
import { CreateTenant } from './create-tenant.js';
import { FIRST_TENANT } from './first-tenant.js';

class TenantBody {
  @TextField({
    description: 'Name to show. The id is made of it when none is sent.',
    max: 255,
    example: 'Acme',
  })
  name!: string;

  @TextField({
    description: 'Id: small letters, digits and `_`.',
    max: 40,
    optional: true,
    example: 'acme',
  })
  id?: string;
}

const TenantAnswer = answer(
  'Tenant',
  Type.Object({
    id: Type.String(),
    name: Type.String(),
    admin_key: Type.Object({
      id: Type.String(),
      secret: Nullable(Type.String({ description: 'Shown once.' })),
    }),
  }),
);

@ApiTags('access')
@Controller('v1/tenants')
@RequireScope('admin')
export class TenantsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly wait: PositionWait,
  ) {}

  @ApiOperation({
    summary: 'Makes a tenant with its first admin key. Only for admins of the tenant `default`.',
  })
  @Post()
  @Answers(201, TenantAnswer, 'The tenant, and its admin key with the secret.')
  async create(
    @Body() body: TenantBody,
    @Origin() origin: CommandOrigin,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    if (origin.caller.tenant !== FIRST_TENANT) {
      const detail = `Only admins of the tenant ${FIRST_TENANT} make tenants.`;
      throw new HttpProblem(403, 'not_first_tenant', detail);
    }
    const id = body.id ?? idFrom(body.name);
    const created = await this.commands.execute(new CreateTenant(id, body.name, origin));
    const hasKeys = created.state.status === 'created' && created.state.keys.size > 0;
    if (created.events.length === 0 && hasKeys) throw exists(id);
    const { issue, secret } = newKey('First key', ['admin']);
    const done = await this.commands.execute(new IssueApiKey(issue, within(id, origin)));
    await this.wait.reach(done.position);
    tellPosition(reply, done.position);
    return { id, name: body.name, admin_key: { id: issue.keyId, secret } };
  }
}

/** The second command of the request, in the new tenant. */
const within = (tenant: string, { caller, commandId }: CommandOrigin): CommandOrigin => ({
  caller: { ...caller, tenant },
  commandId: v5('first key', commandId),
});

const exists = (id: string): HttpProblem =>
  new HttpProblem(409, 'tenant_exists', `Tenant ${id} already exists.`);

const idFrom = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 40);
