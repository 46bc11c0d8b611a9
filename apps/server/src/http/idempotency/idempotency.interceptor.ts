import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { callerOf } from '../auth/caller.js';
import { HttpProblem } from '../problem.js';
import { idempotencyKeyOf, requestHashOf } from './command-id.js';
import { IdempotencyKeys, LOCK_SECONDS, type KeyUse } from './idempotency-keys.js';

/** A POST with an Idempotency-Key is run once; the same request again gets the first answer, another one 409. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly keys: IdempotencyKeys) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const key = request.method === 'POST' ? idempotencyKeyOf(request) : undefined;
    if (key === undefined) return next.handle();
    const use = { tenant: callerOf(request).tenant, key, requestHash: requestHashOf(request) };
    return from(this.once(use, http.getResponse<FastifyReply>(), next));
  }

  private async once(use: KeyUse, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const claim = await this.keys.claim(use);
    switch (claim.outcome) {
      case 'answered': {
        const { status, body } = claim.answer;
        void reply.code(status).header('idempotency-replayed', 'true');
        return body === null ? undefined : (JSON.parse(body) as unknown);
      }
      case 'other_request':
        throw new HttpProblem(
          409,
          'idempotency_key_reused',
          'This Idempotency-Key was used for another request.',
        );
      case 'in_use':
        throw new HttpProblem(
          409,
          'idempotency_key_in_use',
          'The first request with this Idempotency-Key is still running.',
          { headers: { 'retry-after': '1' } },
        );
      case 'claimed':
        return this.run(use, reply, next);
    }
  }

  private async run(use: KeyUse, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const renewal = setInterval(
      () => {
        // A renewal that fails is tried again by the next; a lock that runs out costs a repetition that changes nothing.
        this.keys.renew(use).catch(() => undefined);
      },
      (LOCK_SECONDS * 1_000) / 3,
    );
    try {
      const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.keys.keep(use, { status: reply.statusCode, body: keptBody(answer) });
      return answer;
    } catch (error) {
      await this.keys.free(use);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }
}

/** The secret of a new API key is shown once and is not kept: in a repeated answer it is null. */
function keptBody(answer: unknown): string | null {
  if (answer === undefined) return null;
  return JSON.stringify(answer, (name, value: unknown) => (name === 'secret' ? null : value));
}
