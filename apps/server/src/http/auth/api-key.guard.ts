import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Scope } from '@odometer/domain';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '../problem.js';
import { Authenticator } from './authenticator.js';
import { rememberCaller } from './caller.js';
import { SCOPE } from './scopes.js';

/** Lets in who has a key with the scope of the route. A route that names no scope lets in nobody. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const scope = this.reflector.getAllAndOverride<Scope | 'public' | undefined>(SCOPE, targets);
    if (scope === 'public') return true;
    if (scope === undefined) throw new Error(`${context.getHandler().name} names no scope`);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const caller = await this.authenticator.authenticate(request.headers.authorization);
    if (!caller.scopes.includes(scope) && !caller.scopes.includes('admin')) {
      throw new HttpProblem(403, 'missing_scope', `This API key does not have the scope ${scope}.`);
    }
    rememberCaller(request, caller);
    return true;
  }
}
