import { randomUUID } from 'node:crypto';
import helmet from '@fastify/helmet';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseExactJson } from '@odometer/ingest';
import {
  LogController,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
} from 'fastify';
import type { Logger } from 'pino';
import { AppModule } from '../app.module.js';
import type { Platform } from '../roles/platform.js';
import { serveOpenApi } from '../openapi/openapi.js';
import { registerUsageIntake } from '../usage-intake/usage-intake.js';
import { Authenticator } from './auth/authenticator.js';
import { observeRequests } from './observe-requests.js';
import { refusalOf } from './problem-table.js';
import { problemOf } from './problem.js';
import { validationPipe } from './validation.js';

/** Bytes of a command's body; usage has a limit of its own. */
export const COMMAND_BYTES_MAX = 1024 * 1024;
/** Characters of one part of a path: an id of 255 characters, each percent-encoded as up to nine. */
export const PATH_PART_LENGTH_MAX = 2_400;

const REQUEST_ID = /^[\w.:-]{1,100}$/;

/** The HTTP side of the process: routes, their documentation, and the intake. It does not listen yet. */
export async function createHttpServer(platform: Platform): Promise<NestFastifyApplication> {
  const { log } = platform;
  const adapter = new FastifyAdapter({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: COMMAND_BYTES_MAX,
    routerOptions: { maxParamLength: PATH_PART_LENGTH_MAX },
    genReqId: requestIdOf,
    frameworkErrors: refuseUrl,
    return503OnClosing: true,
  } as FastifyServerOptions);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(platform), adapter, {
    logger: nestLogger(log),
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalPipes(validationPipe());
  app.useBodyParser('application/json', { bodyLimit: COMMAND_BYTES_MAX }, (_request, body, done) =>
    done(null, parseBody(body)),
  );
  await app.register(helmet, HELMET);
  const fastify = adapter.getInstance();
  observeRequests(fastify);
  const authenticator = app.get(Authenticator);
  const { kafka, intake, config } = platform;
  if (config.roles.has('ingest') || config.roles.has('api')) {
    registerUsageIntake(fastify, {
      intake: kafka?.door ?? intake,
      authenticate: ({ headers, raw }) =>
        authenticator.authenticate(headers.authorization, raw.socket),
      now: platform.now,
    });
  }
  serveOpenApi(app);
  await app.init();
  await fastify.ready();
  return app;
}

/** An empty body is no body: commands such as `finalize` have none. */
const parseBody = (body: Buffer): unknown =>
  body.length === 0 ? undefined : parseExactJson(body).value;

const HELMET = {
  // The page of /docs has styles in line, and this server may be reached without TLS.
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
} as const;

const requestIdOf = (request: { readonly headers: Record<string, unknown> }): string => {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID();
};

/** Paths that the router cannot read never reach the routes. */
function refuseUrl(error: Error, _request: FastifyRequest, reply: FastifyReply): void {
  const document = refusalOf(error)?.document ?? problemOf(400, 'malformed_url', error.message);
  void reply
    .code(document.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(document));
}

/** Nest tells its routes at `log`, which nobody needs at each start. */
const nestLogger = (log: Logger): LoggerService => ({
  log: (message: unknown) => log.debug(String(message)),
  error: (message: unknown, ...details: unknown[]) => log.error({ details }, String(message)),
  warn: (message: unknown) => log.warn(String(message)),
  debug: (message: unknown) => log.debug(String(message)),
  verbose: (message: unknown) => log.trace(String(message)),
});
