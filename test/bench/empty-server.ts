import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';
import { observeRequests } from '../../apps/server/src/http/observe-requests.js';

/*
 * The HTTP server of Odometer without Odometer: the same Fastify, headers, request ids and measurements in a process of its own,
 * and a POST that does nothing. Prints its port.
 */
const log: FastifyBaseLogger = pino({ level: 'warn' });
const fastify = Fastify({
  loggerInstance: log,
  disableRequestLogging: true,
  genReqId: () => randomUUID(),
});
await fastify.register(helmet);
observeRequests(fastify);
fastify.post('/', () => ({}));
await fastify.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${(fastify.server.address() as { port: number }).port}\n`);
