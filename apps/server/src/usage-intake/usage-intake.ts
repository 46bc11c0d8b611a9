import type { FieldError, Instant } from '@odometer/domain';
import {
  decompress,
  intakeLimits,
  MalformedBody,
  parseExactJson,
  readBatch,
  readOne,
  type Origin,
  type TakenBatch,
  type TakenOne,
  type UsageDoor,
} from '@odometer/ingest';
import type {} from '@fastify/helmet';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../http/auth/caller.js';
import { HttpProblem } from '../http/problem.js';
import { INTERNAL } from '../http/problem-table.js';
import { usageRefusalOf } from './intake-problem.js';
import {
  CLOUD_EVENT,
  CLOUD_EVENTS,
  JSON_RECORDS,
  MEDIA_TYPES,
  mediaTypeOf,
  type MediaType,
} from './media-type.js';
import { collectBody, type BodyChunks } from './request-body.js';

/** Answers who sends a request, or throws an HttpProblem. It sees the head of the request, not its body. */
export type AuthenticateIntake = (request: FastifyRequest) => Caller | Promise<Caller>;

export interface UsageIntakeOptions {
  readonly intake: UsageDoor;
  readonly authenticate: AuthenticateIntake;
  readonly now: () => Instant;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
  'cache-control': 'no-store',
};
const ANSWER_HEADERS = { ...SECURITY_HEADERS, 'content-type': JSON_TYPE };
const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const SENDER = Symbol('sender');

/** A request of the intake. */
type SentRequest = FastifyRequest & { [SENDER]: Origin | null };

/**
 * `POST /v1/events` and `POST /v1/events/batch`, in a scope of their own: bodies arrive as bytes and are parsed once, no pipe,
 * interceptor or framework validation runs, and refusals are problem documents. Answers 202 when the usage is durable.
 */
export function registerUsageIntake(fastify: FastifyInstance, options: UsageIntakeOptions): void {
  void fastify.register((scope, _, done) => {
    const routes = new UsageRoutes(options);
    // A property of every request of this scope: a map beside them would be looked through by each collection of garbage.
    scope.decorateRequest(SENDER, null);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      MEDIA_TYPES.map(({ name }) => name),
      collectBody,
    );
    scope.addHook('onRequest', (request, _reply, next) => routes.admit(request, next));
    scope.setErrorHandler((error, _request, reply) => refuse(reply, error));
    // The answers are JSON for programs. Helmet works its headers out for each request anew, which is a tenth of what a single event costs.
    const route = { helmet: false } as const;
    scope.post('/v1/events', route, (request, reply) =>
      mediaTypeOf(request) === CLOUD_EVENTS
        ? routes.batch(request, reply)
        : routes.one(request, reply),
    );
    scope.post('/v1/events/batch', route, (request, reply) => routes.batch(request, reply));
    done();
  });
}

class UsageRoutes {
  constructor(private readonly options: UsageIntakeOptions) {}

  /** Before the body is read, so that nobody unknown can make us hold one. A known key costs no promise. */
  admit(request: FastifyRequest, next: (error?: Error) => void): void {
    const proceed = (caller: Caller): void => {
      if (caller.scopes.includes('ingest') || caller.scopes.includes('admin')) {
        (request as SentRequest)[SENDER] = { tenant: caller.tenant, actor: caller.keyId };
        next();
      } else next(new HttpProblem(403, 'missing_scope', 'This API key lacks the scope ingest.'));
    };
    const caller = this.options.authenticate(request);
    if (caller instanceof Promise) caller.then(proceed, next);
    else proceed(caller);
  }

  one(request: FastifyRequest, reply: FastifyReply): void {
    answer(reply, this.takeOne(request));
  }

  batch(request: FastifyRequest, reply: FastifyReply): void {
    answer(reply, this.takeBatch(request));
  }

  private takeOne(request: FastifyRequest): Promise<string> {
    const body = bodyOf(request);
    return body instanceof Promise
      ? body.then((chunks) => this.acceptOne(request, chunks))
      : this.acceptOne(request, body);
  }

  private acceptOne(request: FastifyRequest, chunks: BodyChunks): Promise<string> {
    const { form, exactIn } = mediaTypeOf(request);
    const body = parseExactJson(joined(chunks), exactIn);
    const read = readOne(body, { receivedAt: this.options.now(), form });
    return this.options.intake.acceptOne(this.senderOf(request), read).then(oneAnswer);
  }

  private async takeBatch(request: FastifyRequest): Promise<string> {
    const media = mediaTypeOf(request);
    if (media === CLOUD_EVENT) throw notABatch();
    const partial = isPartial(request.query);
    const sender = this.senderOf(request);
    return this.takeIn(await bodyOf(request), { media, partial, sender });
  }

  /** Not an async function: nothing may hold the body while the log is waited for, or old bodies fill the memory that is seldom cleaned. */
  private takeIn(
    chunks: BodyChunks,
    { media, partial, sender }: { media: MediaType; partial: boolean; sender: Origin },
  ): Promise<string> {
    const { intake, now } = this.options;
    const receivedAt = now();
    const taken =
      media === JSON_RECORDS ? intake.acceptBody?.(sender, chunks, receivedAt) : undefined;
    if (taken !== undefined) return taken.then((all) => batchAnswer(all, []));
    const { form, list, exactIn } = media;
    const body = parseExactJson(joined(chunks), exactIn);
    const { errors, ...batch } = readBatch(body, { receivedAt, partial, form, list });
    return intake.acceptBatch(sender, batch).then((some) => batchAnswer(some, errors));
  }

  private senderOf(request: FastifyRequest): Origin {
    const sender = (request as SentRequest)[SENDER];
    if (sender === null) throw new Error('a usage request reached its route without a sender');
    return sender;
  }
}

/** Takes the body from a request, uncompressed. Throws MalformedBody for none, and what `decompress` throws. Most bodies need no promise. */
function bodyOf(request: FastifyRequest): BodyChunks | Promise<BodyChunks> {
  const chunks = (request.body ?? []) as BodyChunks;
  request.body = undefined;
  if (chunks.length === 0) throw new MalformedBody('the body is empty');
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined) return chunks;
  return decompress(joined(chunks), encoding, intakeLimits.BODY_BYTES_MAX).then((body) => [body]);
}

const joined = (chunks: BodyChunks): Buffer =>
  chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);

const oneAnswer = ({ position, status }: TakenOne): string =>
  `{"accepted":1,"position":${position},"status":"${status}"}`;

const batchAnswer = ({ accepted, position }: TakenBatch, errors: readonly FieldError[]): string =>
  `{"accepted":${accepted},"position":${position},"errors":${JSON.stringify(errors)}}`;

function answer(reply: FastifyReply, taken: Promise<string>): void {
  taken.then(
    (text) => reply.code(202).headers(ANSWER_HEADERS).send(text),
    (error: unknown) => refuse(reply, error),
  );
}

const notABatch = (): HttpProblem => {
  const detail = `A batch of CloudEvents is sent as ${CLOUD_EVENTS.name}; a single one goes to /v1/events.`;
  return new HttpProblem(415, 'unsupported_media_type', detail);
};

/** Whoever misspells it must not learn later that one bad record kept all the others out. Throws HttpProblem 422. */
function isPartial(query: unknown): boolean {
  const { partial } = query as { readonly partial?: unknown };
  if (partial === undefined || partial === 'false') return false;
  if (partial === 'true') return true;
  const errors = [{ pointer: '/partial', code: 'is_in', detail: 'Must be one of true, false.' }];
  throw new HttpProblem(422, 'validation_failed', 'Not valid: /partial.', { errors });
}

function refuse(reply: FastifyReply, error: unknown): void {
  const refusal = usageRefusalOf(error);
  if (refusal === INTERNAL) reply.log.error({ err: error }, 'usage was not taken in');
  void reply
    .code(refusal.document.status)
    .headers({ ...SECURITY_HEADERS, ...refusal.headers, 'content-type': PROBLEM_TYPE })
    .send(JSON.stringify(refusal.document));
}
