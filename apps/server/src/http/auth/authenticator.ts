import { hash } from 'node:crypto';
import type { Instant } from '@odometer/domain';
import { HttpProblem } from '../problem.js';
import type { Caller } from './caller.js';
import { TokenBuckets, type RateLimit } from './token-buckets.js';

/** The key with this SHA-256 (hex), or null when there is none, or it was revoked. */
export type FindKey = (hash: string) => Promise<Caller | null>;

export interface AuthenticatorOptions {
  readonly findKey: FindKey;
  readonly now: () => Instant;
  readonly rateLimit: RateLimit;
}

/** How long a revoked key may still be let in by a process that has just used it. */
export const KEY_CACHE_MS = 5_000;
/** Keys that are remembered; the one remembered first is forgotten first. */
export const KEY_CACHE_MAX = 10_000;
/** Longer texts are no keys of ours and are not hashed. */
export const KEY_LENGTH_MAX = 512;

const BEARER = /^Bearer +(\S+)$/i;

/** Tells who sends a request, and whether they send too many. Known keys are answered without a promise. */
export class Authenticator {
  private readonly known = new Map<string, { readonly caller: Caller; readonly until: Instant }>();
  private readonly buckets: TokenBuckets;

  constructor(private readonly options: AuthenticatorOptions) {
    this.buckets = new TokenBuckets(options.rateLimit);
  }

  /** Throws HttpProblem 401 and 429. */
  authenticate(authorization: string | undefined): Caller | Promise<Caller> {
    const key = BEARER.exec(authorization ?? '')?.[1];
    if (key === undefined) {
      throw unauthorized('missing_api_key', 'Send an API key: "Authorization: Bearer <key>".');
    }
    if (key.length > KEY_LENGTH_MAX) throw unknownKey();
    const hash = hashOfKey(key);
    const known = this.known.get(hash);
    if (known && known.until > this.options.now()) return this.admit(known.caller);
    return this.lookUp(hash);
  }

  private async lookUp(hash: string): Promise<Caller> {
    const caller = await this.options.findKey(hash);
    this.known.delete(hash);
    if (!caller) throw unknownKey();
    this.remember(hash, caller);
    return this.admit(caller);
  }

  private remember(hash: string, caller: Caller): void {
    if (this.known.size >= KEY_CACHE_MAX) {
      for (const oldest of this.known.keys()) {
        this.known.delete(oldest);
        break;
      }
    }
    this.known.set(hash, { caller, until: this.options.now() + KEY_CACHE_MS });
  }

  private admit(caller: Caller): Caller {
    const waitMs = this.buckets.take(`${caller.tenant} ${caller.keyId}`, this.options.now());
    if (waitMs === 0) return caller;
    throw new HttpProblem(429, 'rate_limited', 'This API key sends too many requests.', {
      headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
    });
  }
}

/** Keys are kept as their SHA-256 only: they are random, so that nothing slower is needed. */
export const hashOfKey = (key: string): string => hash('sha256', key);

const unknownKey = (): HttpProblem =>
  unauthorized('unknown_api_key', 'There is no such API key, or it was revoked.');

const unauthorized = (code: string, detail: string): HttpProblem =>
  new HttpProblem(401, code, detail, { headers: { 'www-authenticate': 'Bearer' } });
