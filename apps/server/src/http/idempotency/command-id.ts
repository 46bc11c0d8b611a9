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

/**
 * The id of a request's command: the same for the same key, so that a command whose process died half way is finished, not
 * repeated; a new one where no key was sent.
 */
export function commandIdOf(request: FastifyRequest): string {
  const key = idempotencyKeyOf(request);
  return key === undefined ? v4() : v5(`${callerOf(request).tenant} ${key}`, NAMESPACE);
}
