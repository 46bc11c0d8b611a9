import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Scope } from '@odometer/domain';
import type { FastifyRequest } from 'fastify';

/** Who sends a request, as its API key says. */
export interface Caller {
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

const callers = new WeakMap<FastifyRequest, Caller>();

export const rememberCaller = (request: FastifyRequest, caller: Caller): void => {
  callers.set(request, caller);
};

/** The caller of a request that passed the guard. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new Error('a request without a caller has passed the guard');
  return caller;
}

/** Gives a route's method the caller. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
