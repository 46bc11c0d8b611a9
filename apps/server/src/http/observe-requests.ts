import type { FastifyInstance } from 'fastify';
import { requestSeconds } from '../health/metrics.js';

/** Routes that are called so often that their requests are logged at `debug` only. */
const QUIET = /^\/(v1\/events(\/batch)?|health(\/ready)?|metrics)$/;

/** Tells each request's id in its answer, logs one line when it is answered, and measures it. No header is ever logged. */
export function observeRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = reply.statusCode;
    requestSeconds.observe({ method, route, status }, reply.elapsedTime / 1_000);
    const level = status === 500 ? 'error' : QUIET.test(route) ? 'debug' : 'info';
    request.log[level](
      { method, path: pathOf(request.url), status, ms: Math.round(reply.elapsedTime) },
      'answered',
    );
    done();
  });
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
