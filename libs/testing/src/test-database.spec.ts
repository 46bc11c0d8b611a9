import { createTestDatabase } from './test-database.js';

describe('a test database', () => {
  it('answers on a real PostgreSQL', async () => {
    const database = await createTestDatabase();
    const { rows } = await database.pool.query<{ n: number }>('SELECT 41 + 1 AS n');
    await database.drop();
    expect(rows).toEqual([{ n: 42 }]);
  });
});
