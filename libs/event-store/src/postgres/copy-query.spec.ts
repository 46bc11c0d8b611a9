import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import pg from 'pg';
import { copyOut } from './copy-query.js';
import { CopyRows } from './copy-rows.js';

const SERIES = 'SELECT n, repeat(n::text, 1000) FROM generate_series(1, 20000) AS n';
const numbers = (): CopyRows<number | null> =>
  new CopyRows(2, (fields) => {
    const n = fields.integer();
    fields.text();
    return n;
  });

describe('a query that copies out', () => {
  let database: TestDatabase;
  let pool: pg.Pool;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(() => {
    pool = new pg.Pool({ connectionString: database.url, max: 1, query_timeout: 10_000 });
  });
  afterEach(() => pool.end());

  it('reads what the server writes, of every type', async () => {
    const statement = `VALUES
      (1, -9007199254740991::bigint, 'Zürich 東京 🚖'::text, '{"a": 1.50}'::json,
       '0F8FAD5B-D9CB-469F-A165-70867728950E'::uuid, '\\x00ff'::bytea, '\\x00ff'::bytea),
      (-2147483648, 9007199254740991, '', '[]', '00000000-0000-0000-0000-000000000000', '', ''),
      (null, null, null, null, null, null, null)`;
    const rows = new CopyRows(7, (fields) => [
      fields.integer(),
      fields.integer(),
      fields.text(),
      fields.text(),
      fields.uuid(),
      fields.hex(),
      fields.bytes(),
    ]);
    expect(await copyOut(pool, statement, rows)).toEqual([
      [
        1,
        -9007199254740991,
        'Zürich 東京 🚖',
        '{"a": 1.50}',
        '0f8fad5b-d9cb-469f-a165-70867728950e',
        '00ff',
        Buffer.from([0, 255]),
      ],
      [
        -2147483648,
        9007199254740991,
        '',
        '[]',
        '00000000-0000-0000-0000-000000000000',
        '',
        Buffer.alloc(0),
      ],
      [null, null, null, null, null, null, null],
    ]);
    expect(await copyOut(pool, 'SELECT 1 WHERE false', numbersOfOne())).toEqual([]);
  });

  it('leaves its connection as it was, for whoever comes next', async () => {
    const rows = await copyOut(pool, SERIES, numbers());
    expect(rows).toEqual(Array.from({ length: 20_000 }, (_, n) => n + 1));
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    expect((await pool.query<{ n: number }>('SELECT 41 + 1 AS n')).rows).toEqual([{ n: 42 }]);
  });

  it('throws what the server says in the middle of its rows', async () => {
    const statement =
      'SELECT 1 / (15000 - n), repeat(n::text, 1000) FROM generate_series(1, 20000) AS n';
    await expect(copyOut(pool, statement, numbers())).rejects.toMatchObject({ code: '22012' });
    expect(pool.totalCount).toBe(0);
    expect(await copyOut(pool, SERIES, numbers())).toHaveLength(20_000);
  });

  it.each([false, true])(
    'throws when it cannot read a row, and gives the connection up (pipeline: %p)',
    async (pipeline) => {
      const other = new pg.Pool({ connectionString: database.url, max: 1, pipeline });
      const rows = new CopyRows(2, (fields) => {
        if (fields.integer() === 5_000) throw new Error('row 5,000 is beyond me');
        return fields.text();
      });
      await expect(copyOut(other, SERIES, rows)).rejects.toThrow('row 5,000 is beyond me');
      expect(other.totalCount).toBe(0);
      expect(await copyOut(other, SERIES, numbers())).toHaveLength(20_000);
      await other.end();
    },
  );

  it('refuses an answer that is no COPY', async () => {
    const both = 'SELECT 1) TO STDOUT (FORMAT csv) --';
    await expect(copyOut(pool, both, numbersOfOne())).rejects.toThrow(
      'COPY ended before its trailer',
    );
  });

  const numbersOfOne = (): CopyRows<number | null> => new CopyRows(1, (fields) => fields.integer());
});
