import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../http/auth/caller.js';
import { commandIdOf } from '../http/idempotency/command-id.js';
import type { CommandOrigin } from './aggregates.js';

/** Gives a route's method who commands and which command it is. */
export const Origin = createParamDecorator(
  (_: unknown, context: ExecutionContext): CommandOrigin => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return { caller: callerOf(request), commandId: commandIdOf(request) };
  },
);
