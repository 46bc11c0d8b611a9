import { migrate } from '@odometer/event-store/postgres';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { BODY_CHARS_MAX, IdempotencyKeys } from './idempotency-keys.js';
import { idempotencyMigrations } from './migrations.js';

describe('idempotency keys', () => {
  let database: TestDatabase;
  let keys: IdempotencyKeys;
  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, idempotencyMigrations);
    keys = keysOf('here');
  });
  afterAll(() => database.drop());

  const dead = new Set<string>();
  const keysOf = (name: string): IdempotencyKeys =>
    new IdempotencyKeys(database.pool, { name, isGone: (other) => dead.has(other) });
  const use = (key: string, requestHash = 'h', tenant = 'acme') => ({ tenant, key, requestHash });
  const age = (key: string, what: string): Promise<unknown> =>
    database.pool.query(
      `UPDATE odometer.idempotency_keys SET ${what} = ${what} - interval '25 hours' WHERE key = $1`,
      [key],
    );

  it('are claimed once', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => keys.claim(use('many'))));
    const outcomes = claims.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual(['claimed', ...Array<string>(9).fill('in_use')]);
  });

  it('answer again what was kept', async () => {
    await keys.claim(use('kept'));
    await keys.keep(use('kept'), { status: 201, body: '{"a":1}' });
    expect(await keys.claim(use('kept'))).toEqual({
      outcome: 'answered',
      answer: { status: 201, body: '{"a":1}' },
    });
  });

  it('tell another request, running or answered', async () => {
    await keys.claim(use('other'));
    expect(await keys.claim(use('other', 'x'))).toEqual({ outcome: 'other_request' });
    await keys.keep(use('other'), { status: 200, body: null });
    expect(await keys.claim(use('other', 'x'))).toEqual({ outcome: 'other_request' });
  });

  it('are free again after a refusal', async () => {
    await keys.claim(use('freed'));
    await keys.free(use('freed'));
    expect(await keys.claim(use('freed', 'x'))).toEqual({ outcome: 'claimed' });
  });

  it('are each tenant own', async () => {
    await keys.claim(use('shared'));
    expect(await keys.claim(use('shared', 'h', 'globex'))).toEqual({ outcome: 'claimed' });
  });

  it('are not locked for ever by a process that died', async () => {
    await keys.claim(use('dead'));
    await age('dead', 'locked_until');
    expect(await keys.claim(use('dead', 'x'))).toEqual({ outcome: 'other_request' });
    expect(await keys.claim(use('dead'))).toEqual({ outcome: 'claimed' });
  });

  it('of a process that is known to be gone are free at once, for one of those who ask', async () => {
    await keysOf('killed').claim(use('left'));
    expect(await keys.claim(use('left'))).toEqual({ outcome: 'in_use' });
    dead.add('killed');
    expect(await keys.claim(use('left', 'x'))).toEqual({ outcome: 'other_request' });
    const claims = await Promise.all(
      ['one', 'two', 'three'].map((name) => keysOf(name).claim(use('left'))),
    );
    expect(claims.map(({ outcome }) => outcome).sort()).toEqual(['claimed', 'in_use', 'in_use']);
  });

  it('that a process of its own name holds are in use, whatever is said of the name', async () => {
    await keysOf('twin').claim(use('own'));
    dead.add('twin');
    expect(await keysOf('twin').claim(use('own'))).toEqual({ outcome: 'in_use' });
  });

  it('of a process that was too old to name itself are locked until that runs out', async () => {
    await keys.claim(use('nameless'));
    await database.pool.query(
      `UPDATE odometer.idempotency_keys SET locked_by = NULL WHERE key = 'nameless'`,
    );
    expect(await keys.claim(use('nameless'))).toEqual({ outcome: 'in_use' });
    await age('nameless', 'locked_until');
    expect(await keys.claim(use('nameless'))).toEqual({ outcome: 'claimed' });
  });

  it('stay locked while their process renews them', async () => {
    await keys.claim(use('alive'));
    await age('alive', 'locked_until');
    await keys.renew(use('alive'));
    expect(await keys.claim(use('alive'))).toEqual({ outcome: 'in_use' });
  });

  it('are forgotten after a day, also when nobody has swept', async () => {
    await keys.claim(use('old'));
    await keys.keep(use('old'), { status: 200, body: null });
    await age('old', 'created_at');
    expect(await keys.claim(use('old', 'x'))).toEqual({ outcome: 'claimed' });
  });

  it('are swept after a day and not before', async () => {
    await keys.sweep();
    await keys.claim(use('young'));
    await keys.claim(use('aged'));
    await age('aged', 'created_at');
    expect(await keys.sweep()).toBe(1);
    expect(await keys.claim(use('young'))).toEqual({ outcome: 'in_use' });
  });

  it('do not keep an answer that is too long', async () => {
    await keys.claim(use('long'));
    await keys.keep(use('long'), { status: 200, body: 'x'.repeat(BODY_CHARS_MAX + 1) });
    expect(await keys.claim(use('long'))).toEqual({ outcome: 'claimed' });
  });
});
