import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { v4, v5 } from 'uuid';
import { callerOf } from '../auth/caller.js';
import { HttpProblem } from '../problem.js';

/** Never change it: a command that is repeated after an upgrade must get the same id again. */
const NAMESPACE = '5a3c8f3e-6c0f-4a53-9d0b-5d6f2a8e7b11';

export const KEY_LENGTH_MAX = 255;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** The request's Idempotency-Key, or undefined. Throws HttpProblem 422. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  const detail = `An Idempotency-Key has 1 to ${KEY_LENGTH_MAX} printable ASCII characters without spaces.`;
  throw new HttpProblem(422, 'invalid_idempotency_key', detail);
}

/** What a request asks for: its method, path, query and body. */
export function requestHashOf(request: FastifyRequest): string {
  const body = JSON.stringify(request.body ?? null);
  return createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('hex');
}

/**
 * The id of a request's command: the same for the same key and request, so that a command whose process died half way is finished, not
 * repeated; a new one where no key was sent. What is asked for is part of it: the log remembers commands for ever, and a key that is
 * used again, after a day, after a refusal or with another method than POST, must not make it take another request for a repeat.
 */
export function commandIdOf(request: FastifyRequest): string {
  const key = idempotencyKeyOf(request);
  if (key === undefined) return v4();
  return v5(`${callerOf(request).tenant} ${key} ${requestHashOf(request)}`, NAMESPACE);
}
