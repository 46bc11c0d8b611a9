import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { usageRefusalOf } from '../usage-intake/intake-problem.js';
import { INTERNAL } from './problem-table.js';

/** Answers every error as a problem document. What it cannot name is logged whole and shown to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    // Commands have the same body refusals as usage, and `track` takes usage in.
    const refusal = usageRefusalOf(error);
    if (refusal === INTERNAL) request.log.error({ err: error }, 'request failed');
    const { document, headers } = refusal;
    if (reply.sent) return;
    void reply
      .code(document.status)
      .headers({ ...headers, 'content-type': 'application/problem+json; charset=utf-8' })
      .send(JSON.stringify(document));
  }
}
