import { Authenticator, hashOfKey, KEY_CACHE_MS, KEY_RENEWAL_MS } from './authenticator.js';
import type { Caller } from './caller.js';

const CALLER: Caller = { tenant: 'acme', keyId: 'k1', scopes: ['read'] };

describe('the authenticator', () => {
  let now = 1_000_000;
  let known: Caller | null = CALLER;
  let lookUps: string[] = [];
  let failure: Error | null = null;
  const limit = { perSecond: 1_000, burst: 1_000 };
  const fresh = (rateLimit = limit): Authenticator =>
    new Authenticator({
      now: () => now,
      rateLimit,
      findKey: (hash) => {
        lookUps.push(hash);
        return failure === null ? Promise.resolve(known) : Promise.reject(failure);
      },
    });
  beforeEach(() => {
    known = CALLER;
    lookUps = [];
    failure = null;
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('looks a key up by its hash, and once', async () => {
    const authenticator = fresh();
    expect(await authenticator.authenticate('Bearer secret')).toBe(CALLER);
    expect(authenticator.authenticate('bearer  secret')).toBe(CALLER);
    expect(lookUps).toEqual([hashOfKey('secret')]);
  });

  it('asks once for all requests that come while it looks', async () => {
    const authenticator = fresh();
    const all = Array.from({ length: 64 }, async () => authenticator.authenticate('Bearer secret'));
    expect(await Promise.all(all)).toEqual(all.map(() => CALLER));
    expect(lookUps).toHaveLength(1);
  });

  it('lets a key in that was made while it looked for it in vain', async () => {
    const authenticator = fresh();
    known = null;
    const before = authenticator.authenticate('Bearer new');
    known = CALLER;
    const after = authenticator.authenticate('Bearer new');
    await expect(before).rejects.toThrow('no such API key');
    expect(await after).toBe(CALLER);
    expect(lookUps).toHaveLength(2);
  });

  it('looks a busy key up again before what it knows has aged, and nobody waits for that', async () => {
    const authenticator = fresh();
    await authenticator.authenticate('Bearer secret');
    for (const ms of [KEY_RENEWAL_MS - 1, 1, 0, 1]) {
      now += ms;
      expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
    }
    await settled();
    expect(lookUps).toHaveLength(2);
    now += KEY_CACHE_MS - KEY_RENEWAL_MS;
    expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
  });

  it('turns a key away as soon as it has learnt that it is revoked', async () => {
    const authenticator = fresh();
    await authenticator.authenticate('Bearer secret');
    known = null;
    now += KEY_RENEWAL_MS;
    expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
    await settled();
    await expect(authenticator.authenticate('Bearer secret')).rejects.toThrow('no such API key');
  });

  it('counts the age of an answer from when it was asked for', async () => {
    const authenticator = fresh();
    const asked = authenticator.authenticate('Bearer secret');
    now += KEY_CACHE_MS - 1;
    await asked;
    expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
    await settled();
    const late = fresh();
    const before = late.authenticate('Bearer secret');
    known = null;
    now += KEY_CACHE_MS;
    expect(await before).toBe(CALLER);
    await expect(late.authenticate('Bearer secret')).rejects.toThrow('no such API key');
  });

  it('says that it cannot look only when it has to', async () => {
    const authenticator = fresh();
    await authenticator.authenticate('Bearer secret');
    failure = new Error('the database is gone');
    now += KEY_RENEWAL_MS;
    expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
    await settled();
    expect(authenticator.authenticate('Bearer secret')).toBe(CALLER);
    now += KEY_CACHE_MS - KEY_RENEWAL_MS;
    await expect(authenticator.authenticate('Bearer secret')).rejects.toThrow('is gone');
    failure = null;
    expect(await authenticator.authenticate('Bearer secret')).toBe(CALLER);
  });

  it('knows the key that a connection sent last, and another when it sends another', async () => {
    const authenticator = fresh();
    const connection = {};
    const send = (key: string) => authenticator.authenticate(`Bearer ${key}`, connection);
    expect(await send('one')).toBe(CALLER);
    known = { ...CALLER, keyId: 'k2' };
    expect(await send('two')).toBe(known);
    expect(send('one')).toBe(CALLER);
    expect(send('two')).toBe(known);
    expect(() => authenticator.authenticate(undefined, connection)).toThrow('Send an API key');
    expect(lookUps).toEqual([hashOfKey('one'), hashOfKey('two')]);
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
