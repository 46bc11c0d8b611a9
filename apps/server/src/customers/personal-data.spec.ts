import { migrate } from '@odometer/event-store/postgres';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { personalKeyMigrations } from './migrations.js';
import { PersonalKeys } from './personal-data.js';

describe('personal data', () => {
  let database: TestDatabase;
  let keys: PersonalKeys;
  const ada = { name: 'Ada Löwe', email: 'ada@example.com' };
  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, personalKeyMigrations);
    keys = new PersonalKeys(database.pool);
  });
  afterAll(() => database.drop());

  it('opens to what was sealed, and shows nothing before', async () => {
    const personal = await keys.seal('acme', 'ada', ada);
    expect(Buffer.from(personal, 'base64').toString('latin1')).not.toContain('Ada');
    expect(await keys.open('acme', [{ customerId: 'ada', personal }])).toEqual([ada]);
  });

  it('opens many in their order', async () => {
    const one = { customerId: 'one', personal: await keys.seal('acme', 'one', { name: '1' }) };
    const two = { customerId: 'two', personal: await keys.seal('acme', 'two', { name: '2' }) };
    const none = { customerId: 'none', personal: null };
    expect(await keys.open('acme', [two, none, one])).toEqual([{ name: '2' }, {}, { name: '1' }]);
  });

  it('seals the same text differently each time', async () => {
    const [first, second] = [
      await keys.seal('acme', 'ada', ada),
      await keys.seal('acme', 'ada', ada),
    ];
    expect(first).not.toBe(second);
  });

  it('is gone when its key is destroyed, also after a new registration', async () => {
    const personal = await keys.seal('acme', 'gone', ada);
    await keys.destroy('acme', 'gone');
    expect(await keys.open('acme', [{ customerId: 'gone', personal }])).toEqual([{}]);
    await keys.seal('acme', 'gone', { name: 'New' });
    expect(await keys.open('acme', [{ customerId: 'gone', personal }])).toEqual([{}]);
  });

  it('cannot be moved to another customer, nor changed', async () => {
    const personal = await keys.seal('acme', 'here', ada);
    await database.pool.query(
      `INSERT INTO odometer.personal_keys SELECT tenant, 'there', key_id, key FROM odometer.personal_keys
       WHERE customer_id = 'here'`,
    );
    await expect(keys.open('acme', [{ customerId: 'there', personal }])).rejects.toThrow();
    const bytes = Buffer.from(personal, 'base64');
    bytes[bytes.length - 1]! ^= 1;
    const changed = { customerId: 'here', personal: bytes.toString('base64') };
    await expect(keys.open('acme', [changed])).rejects.toThrow();
  });
});
