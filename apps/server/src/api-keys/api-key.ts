import { randomBytes, randomUUID } from 'node:crypto';
import type { Scope, TenantCommand } from '@odometer/domain';
import { hashOfKey } from '../http/auth/authenticator.js';

/** 256 random bits in base64url: 43 characters behind the prefix. */
const SECRET_BYTES = 32;
const PREFIX = 'odo_';
/** Characters that lists show, so that people tell their keys apart. */
const SHOWN_CHARS = 8;

export interface NewKey {
  /** What the caller gets to see once; nothing keeps it. */
  readonly secret: string;
  readonly issue: Extract<TenantCommand, { type: 'IssueApiKey' }>;
}

/** A key of our own making, or of the given text. */
export function newKey(
  name: string,
  scopes: readonly Scope[],
  secret: string = PREFIX + randomBytes(SECRET_BYTES).toString('base64url'),
): NewKey {
  return {
    secret,
    issue: {
      type: 'IssueApiKey',
      keyId: randomUUID(),
      name,
      hash: hashOfKey(secret),
      prefix: secret.startsWith(PREFIX) ? secret.slice(0, SHOWN_CHARS) : '',
      scopes,
    },
  };
}
