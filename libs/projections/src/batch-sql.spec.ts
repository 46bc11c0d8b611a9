import pg from 'pg';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { BatchSql } from './batch-sql.js';

describe.each([
  ['a connection that pipelines', true],
  ['a connection that does not', false],
])('the statements of a transaction on %s', (_, pipeline) => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let client: pg.PoolClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 1, pipeline });
    await pool.query('CREATE TABLE seen (n int PRIMARY KEY)');
  });
  beforeEach(async () => {
    client = await pool.connect();
    await client.query('TRUNCATE seen');
    await client.query('BEGIN');
  });
  afterEach(async () => {
    await client.query('ROLLBACK');
    client.release();
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const seen = async (): Promise<number[]> =>
    (await client.query<{ n: number }>('SELECT n FROM seen ORDER BY n')).rows.map(({ n }) => n);

  it('run in the order in which they are given, whether waited for or not', async () => {
    const sql = new BatchSql(client, 's');
    sql.send('INSERT INTO seen VALUES ($1)', [1]);
    sql.send({ text: 'UPDATE seen SET n = n + $1', values: [1] });
    const { rows, rowCount } = await sql.query<{ n: number }>('SELECT n FROM seen');
    sql.send('INSERT INTO seen SELECT n + 1 FROM seen');
    await sql.settled();
    expect([rows, rowCount, await seen()]).toEqual([[{ n: 2 }], 1, [2, 3]]);
  });

  it('tell of what failed first, to whoever asks for something next and in the end', async () => {
    const sql = new BatchSql(client, 's');
    sql.send('INSERT INTO seen VALUES (1)');
    sql.send('INSERT INTO seen VALUES (1)');
    sql.send('INSERT INTO nowhere VALUES (1)');
    const twice = { code: '23505' };
    await expect(sql.query('SELECT 1')).rejects.toMatchObject(twice);
    sql.send('INSERT INTO seen VALUES (2)');
    await expect(sql.settled()).rejects.toMatchObject(twice);
    await client.query('ROLLBACK');
    expect(await seen()).toEqual([]);
  });

  it('tell of one that never reached the server', async () => {
    const sql = new BatchSql(client, 's');
    const circular: { self?: unknown } = {};
    circular.self = circular;
    sql.send('INSERT INTO seen VALUES ($1)', [circular]);
    sql.send('INSERT INTO seen VALUES (2)');
    await expect(sql.settled()).rejects.toThrow('circular');
  });
});
