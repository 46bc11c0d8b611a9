import { createFaultProxy, createTestDatabase } from '@odometer/testing';
import pg from 'pg';
import { connectionOptions } from './connection-options.js';

describe('a pool of connections', () => {
  it('gives a silent one up after its time, and answers again on another', async () => {
    const database = await createTestDatabase();
    const proxy = await createFaultProxy(database.url);
    const pool = new pg.Pool({ ...connectionOptions({ url: proxy.url, timeoutMs: 300 }), max: 1 });
    try {
      await pool.query('SELECT 1');
      proxy.set('black hole');
      const startedAt = performance.now();
      await expect(pool.query('SELECT 2')).rejects.toThrow('Query read timeout');
      await expect(pool.query('SELECT 3')).rejects.toThrow(/timeout/);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      proxy.set('pass');
      expect((await pool.query('SELECT 4 AS four')).rows).toEqual([{ four: 4 }]);
    } finally {
      await pool.end();
      await proxy.close();
      await database.drop();
    }
  });
});
