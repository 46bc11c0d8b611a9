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
/** From this age on what is known of a key is looked up anew while it still counts, so that no request of a busy key waits for it. */
export const KEY_RENEWAL_MS = 4_000;
/** Keys that are remembered; the one remembered first is forgotten first. */
export const KEY_CACHE_MAX = 10_000;
/** Longer texts are no keys of ours and are not hashed. */
export const KEY_LENGTH_MAX = 512;

const BEARER = /^Bearer +(\S+)$/i;

interface Known {
  readonly caller: Caller;
  /** Names the key's bucket of tokens. */
  readonly bucket: string;
  readonly renewAt: Instant;
  readonly until: Instant;
}

/**
 * A connection mostly sends one key all its life. What it sent last and the hash of that lie with it, and go with it: hashing is a thirtieth of what a
 * single event costs.
 */
const LAST = Symbol('last authorization');
interface Remembering {
  [LAST]?: { readonly authorization: string; readonly hash: string };
}

/** Tells who sends a request, and whether they send too many. Known keys are answered without a promise. */
export class Authenticator {
  private readonly known = new Map<string, Known>();
  private readonly lookUps = new Map<string, Promise<Known | null>>();
  private readonly buckets: TokenBuckets;

  constructor(private readonly options: AuthenticatorOptions) {
    this.buckets = new TokenBuckets(options.rateLimit);
  }

  /** Whom the key in an Authorization header belongs to, that came by this connection. Throws HttpProblem 401 and 429. */
  authenticate(
    authorization: string | undefined,
    connection: object = {},
  ): Caller | Promise<Caller> {
    const hash = hashOf(authorization, connection);
    const known = this.known.get(hash);
    const now = this.options.now();
    if (known === undefined || known.until <= now) return this.admitUnknown(hash);
    if (known.renewAt <= now) this.renew(hash);
    return this.admit(known, now);
  }

  private async admitUnknown(hash: string): Promise<Caller> {
    const before = this.lookUps.get(hash);
    // A look-up that began before this request may not know a key that was made since.
    const known = (before && (await before)) ?? (await this.lookUp(hash));
    if (known === null) throw unknownKey();
    return this.admit(known, this.options.now());
  }

  private renew(hash: string): void {
    // When this fails, what is known still counts for a while, and whoever comes after that asks again and hears of it.
    this.lookUp(hash).catch(() => undefined);
  }

  /** One at a time for each key, however many ask. */
  private lookUp(hash: string): Promise<Known | null> {
    const underway = this.lookUps.get(hash);
    if (underway !== undefined) return underway;
    const started = this.find(hash).finally(() => this.lookUps.delete(hash));
    this.lookUps.set(hash, started);
    return started;
  }

  private async find(hash: string): Promise<Known | null> {
    // What comes back late was true when it was asked for: the age of an answer begins there.
    const askedAt = this.options.now();
    const caller = await this.options.findKey(hash);
    this.known.delete(hash);
    return caller === null ? null : this.remember(hash, caller, askedAt);
  }

  private remember(hash: string, caller: Caller, askedAt: Instant): Known {
    if (this.known.size >= KEY_CACHE_MAX) {
      for (const oldest of this.known.keys()) {
        this.known.delete(oldest);
        break;
      }
    }
    const known = {
      caller,
      bucket: `${caller.tenant} ${caller.keyId}`,
      renewAt: askedAt + KEY_RENEWAL_MS,
      until: askedAt + KEY_CACHE_MS,
    };
    this.known.set(hash, known);
    return known;
  }

  private admit({ caller, bucket }: Known, now: Instant): Caller {
    const waitMs = this.buckets.take(bucket, now);
    if (waitMs === 0) return caller;
    throw new HttpProblem(429, 'rate_limited', 'This API key sends too many requests.', {
      headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
    });
  }
}

/** Throws HttpProblem 401 for what cannot be a key. */
function hashOf(authorization: string | undefined, connection: Remembering): string {
  const last = connection[LAST];
  if (last !== undefined && last.authorization === authorization) return last.hash;
  const key = BEARER.exec(authorization ?? '')?.[1];
  if (authorization === undefined || key === undefined) {
    throw unauthorized('missing_api_key', 'Send an API key: "Authorization: Bearer <key>".');
  }
  if (key.length > KEY_LENGTH_MAX) throw unknownKey();
  const hash = hashOfKey(key);
  connection[LAST] = { authorization, hash };
  return hash;
}

/** Keys are kept as their SHA-256 only: they are random, so that nothing slower is needed. */
export const hashOfKey = (key: string): string => hash('sha256', key);

const unknownKey = (): HttpProblem =>
  unauthorized('unknown_api_key', 'There is no such API key, or it was revoked.');

const unauthorized = (code: string, detail: string): HttpProblem =>
  new HttpProblem(401, code, detail, { headers: { 'www-authenticate': 'Bearer' } });
