import type { Instant, Scope } from '@odometer/domain';
import {
  decompress,
  intakeLimits,
  MalformedBody,
  parseExactJson,
  readBatch,
  readOne,
  type Intake,
  type Origin,
  type ParsedBody,
} from '@odometer/ingest';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  intakeProblemOf,
  missingScope,
  type IntakeProblem,
  type ProblemDocument,
} from './intake-problem.js';

/** Who sends: the tenant and the id of the API key. */
export interface IntakePrincipal {
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

/** Answers who sends a request, or the problem document to refuse it with. It sees the head of the request, not its body. */
export type AuthenticateIntake = (
  request: FastifyRequest,
) => IntakePrincipal | ProblemDocument | Promise<IntakePrincipal | ProblemDocument>;

export interface UsageIntakeOptions {
  readonly intake: Intake;
  readonly authenticate: AuthenticateIntake;
  readonly now: () => Instant;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/**
 * `POST /v1/events` and `POST /v1/events/batch`, in a scope of their own: bodies arrive as bytes and are parsed once, no pipe,
 * interceptor or framework validation runs, and refusals are problem documents. Answers 202 when the usage is durable.
 */
export function registerUsageIntake(fastify: FastifyInstance, options: UsageIntakeOptions): void {
  void fastify.register((scope, _, done) => {
    const senders = new WeakMap<FastifyRequest, Origin>();
    const routes = new UsageRoutes(options, senders);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      ['application/json'],
      { parseAs: 'buffer', bodyLimit: intakeLimits.BODY_BYTES_MAX },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.addHook('onRequest', (request, reply, next) => routes.admit(request, reply, next));
    scope.setErrorHandler((error, _request, reply) => refuse(reply, error));
    scope.post('/v1/events', (request, reply) => routes.one(request, reply));
    scope.post('/v1/events/batch', (request, reply) => routes.batch(request, reply));
    done();
  });
}

class UsageRoutes {
  constructor(
    private readonly options: UsageIntakeOptions,
    private readonly senders: WeakMap<FastifyRequest, Origin>,
  ) {}

  /** Before the body is read, so that nobody unknown can make us hold one. */
  admit(request: FastifyRequest, reply: FastifyReply, next: (error?: Error) => void): void {
    const answer = this.options.authenticate(request);
    const proceed = (who: IntakePrincipal | ProblemDocument): void => {
      const problem = this.refusalOf(who, request);
      if (problem) answerProblem(reply, problem);
      else next();
    };
    if (answer instanceof Promise) answer.then(proceed, next);
    else proceed(answer);
  }

  private refusalOf(
    who: IntakePrincipal | ProblemDocument,
    request: FastifyRequest,
  ): IntakeProblem | undefined {
    if (!('tenant' in who)) return { document: who };
    if (!who.scopes.includes('ingest') && !who.scopes.includes('admin')) return missingScope();
    this.senders.set(request, { tenant: who.tenant, actor: who.keyId });
    return undefined;
  }

  one(request: FastifyRequest, reply: FastifyReply): void {
    this.withBody(request, reply, (body) => {
      const read = readOne(body, { receivedAt: this.options.now() });
      return this.options.intake
        .acceptOne(this.senderOf(request), read)
        .then(
          ({ position, status }) => `{"accepted":1,"position":${position},"status":"${status}"}`,
        );
    });
  }

  batch(request: FastifyRequest, reply: FastifyReply): void {
    this.withBody(request, reply, (body) => {
      const partial = isPartial(request.query);
      const batch = readBatch(body, { receivedAt: this.options.now(), partial });
      return this.options.intake
        .acceptBatch(this.senderOf(request), batch)
        .then(
          ({ accepted, position }) =>
            `{"accepted":${accepted},"position":${position},"errors":${JSON.stringify(batch.errors)}}`,
        );
    });
  }

  private withBody(
    request: FastifyRequest,
    reply: FastifyReply,
    accept: (body: ParsedBody) => Promise<string>,
  ): void {
    accepted(request, accept).then(
      (answer) => reply.code(202).header('content-type', JSON_TYPE).send(answer),
      (error: unknown) => refuse(reply, error),
    );
  }

  private senderOf(request: FastifyRequest): Origin {
    const sender = this.senders.get(request);
    if (!sender) throw new Error('a usage request reached its route without a sender');
    return sender;
  }
}

async function accepted(
  request: FastifyRequest,
  accept: (body: ParsedBody) => Promise<string>,
): Promise<string> {
  const sent = request.body;
  if (!Buffer.isBuffer(sent) || sent.length === 0) throw new MalformedBody('the body is empty');
  const encoding = request.headers['content-encoding'];
  const body =
    encoding === undefined ? sent : await decompress(sent, encoding, intakeLimits.BODY_BYTES_MAX);
  return accept(parseExactJson(body));
}

const isPartial = (query: unknown): boolean =>
  typeof query === 'object' && query !== null && 'partial' in query && query.partial === 'true';

function refuse(reply: FastifyReply, error: unknown): void {
  const problem = intakeProblemOf(error);
  if (problem) {
    answerProblem(reply, problem);
    return;
  }
  reply.log.error(error);
  answerProblem(reply, { document: INTERNAL });
}

const INTERNAL: ProblemDocument = {
  type: 'about:blank',
  title: 'Internal error',
  status: 500,
  code: 'internal_error',
  detail: 'the usage may or may not have been stored; send it again, it counts once',
};

function answerProblem(reply: FastifyReply, { document, headers }: IntakeProblem): void {
  void reply
    .code(document.status)
    .headers(headers ?? {})
    .header('content-type', PROBLEM_TYPE)
    .send(JSON.stringify(document));
}
