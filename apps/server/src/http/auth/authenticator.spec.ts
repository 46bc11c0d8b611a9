import { Authenticator, hashOfKey, KEY_CACHE_MS } from './authenticator.js';
import type { Caller } from './caller.js';

const CALLER: Caller = { tenant: 'acme', keyId: 'k1', scopes: ['read'] };

describe('the authenticator', () => {
  let now = 1_000_000;
  let known: Caller | null = CALLER;
  let lookUps: string[] = [];
  const limit = { perSecond: 1_000, burst: 1_000 };
  const fresh = (rateLimit = limit): Authenticator =>
    new Authenticator({
      now: () => now,
      rateLimit,
      findKey: (hash) => {
        lookUps.push(hash);
        return Promise.resolve(known);
      },
    });
  beforeEach(() => {
    known = CALLER;
    lookUps = [];
  });

  it('looks a key up by its hash, and once', async () => {
    const authenticator = fresh();
    expect(await authenticator.authenticate('Bearer secret')).toBe(CALLER);
    expect(authenticator.authenticate('bearer  secret')).toBe(CALLER);
    expect(lookUps).toEqual([hashOfKey('secret')]);
  });

  it('lets a revoked key in for five seconds at most', async () => {
    const authenticator = fresh();
    await authenticator.authenticate('Bearer secret');
    known = null;
    now += KEY_CACHE_MS - 1;
    expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
    now += 1;
    await expect(authenticator.authenticate('Bearer secret')).rejects.toMatchObject({
      document: { status: 401, code: 'unknown_api_key' },
    });
  });

  it('does not remember that a key is unknown', async () => {
    const authenticator = fresh();
    known = null;
    await expect(authenticator.authenticate('Bearer new')).rejects.toThrow('no such API key');
    known = CALLER;
    expect(await authenticator.authenticate('Bearer new')).toBe(CALLER);
  });

  it.each([undefined, '', 'secret', 'Basic c2VjcmV0', 'Bearer', 'Bearer a b'])(
    'takes %p for no key',
    (authorization) => {
      expect(() => fresh().authenticate(authorization)).toThrow('Send an API key');
    },
  );

  it('does not look for what is too long to be a key', () => {
    expect(() => fresh().authenticate(`Bearer ${'x'.repeat(513)}`)).toThrow('no such API key');
    expect(lookUps).toEqual([]);
  });

  it('says when a key that sends too much may go on', async () => {
    const authenticator = fresh({ perSecond: 0.5, burst: 1 });
    await authenticator.authenticate('Bearer secret');
    let refusal: unknown;
    try {
      await authenticator.authenticate('Bearer secret');
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({
      document: { status: 429, code: 'rate_limited' },
      extra: { headers: { 'retry-after': '2' } },
    });
  });
});
