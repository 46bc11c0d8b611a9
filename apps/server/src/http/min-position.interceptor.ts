import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, switchMap, type Observable } from 'rxjs';
import { SCOPE } from './auth/scopes.js';
import { tellPosition } from './position-header.js';
import { HttpProblem } from './problem.js';

export abstract class PositionWait {
  /** Resolves to false when the read models have not reached the position in time. */
  abstract reach(position: number): Promise<boolean>;
  /** The position that all read models have reached by now, at least. */
  abstract reached(): Promise<number>;
}

/** Health and metrics are asked for when nothing else answers. */
const DATA = /^\/v1\//;
const POSITION = /^\d{1,15}$/;

/**
 * Read-your-writes: a question that names a position is answered from read models that have reached it, or with 503. The answer says in
 * `Odometer-Position` what it reflects at least.
 */
@Injectable()
export class MinPositionInterceptor implements NestInterceptor {
  constructor(private readonly wait: PositionWait) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest<{ Querystring: Record<string, unknown> }>>();
    if (!asks(request, context.getHandler()) || !DATA.test(request.url)) return next.handle();
    const asked = request.headers['odometer-min-position'] ?? takeFromQuery(request.query);
    const position = asked === undefined ? 0 : positionOf(asked);
    return from(this.waitFor(position)).pipe(
      switchMap((reached) => {
        tellPosition(http.getResponse<FastifyReply>(), reached);
        return next.handle();
      }),
    );
  }

  /** The position that has been reached: the one asked for, or a later one. */
  private async waitFor(position: number): Promise<number> {
    if (position === 0 || (await this.wait.reach(position)))
      return Math.max(position, await this.wait.reached());
    const detail = `The read models have not reached position ${position} yet; try again.`;
    throw new HttpProblem(503, 'position_not_reached', detail, { headers: { 'retry-after': '1' } });
  }
}

/** Whether a request changes nothing: also where it asks with a body, which a key that may only read can send. */
const asks = (
  { method, query }: FastifyRequest<{ Querystring: Record<string, unknown> }>,
  route: object,
): boolean =>
  method === 'GET' || query['dry_run'] === 'true' || Reflect.getMetadata(SCOPE, route) === 'read';

/** Taken out, because the routes' own queries refuse fields they do not know. */
function takeFromQuery(query: Record<string, unknown> | undefined): unknown {
  const asked = query?.['min_position'];
  if (query) delete query['min_position'];
  return asked;
}

function positionOf(asked: unknown): number {
  if (typeof asked === 'string' && POSITION.test(asked)) return Number(asked);
  const error = {
    pointer: '/min_position',
    code: 'invalid_position',
    detail: 'Must be a whole number from 0, as answers give it.',
  };
  throw new HttpProblem(422, 'validation_failed', 'Not valid: /min_position.', { errors: [error] });
}
