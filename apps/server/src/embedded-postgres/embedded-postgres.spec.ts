import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './embedded-postgres.js';

const query = async (url: string, text: string): Promise<unknown> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return ((await client.query(text)).rows as unknown[])[0];
  } finally {
    await client.end();
  }
};

/** Each life of the server continues on the data of the one before. */
describe('the embedded PostgreSQL, in a directory that only its owner may enter', () => {
  let parent: string;
  let directory: string;
  let running: EmbeddedPostgres | null = null;
  const start = async (): Promise<string> => {
    running = await startEmbeddedPostgres(directory);
    return running.url;
  };
  const pid = async (): Promise<number> =>
    Number(
      (await readFile(path.join(directory, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0],
    );
  const ended = async (process_: number): Promise<void> => {
    for (;;) {
      try {
        process.kill(process_, 0);
      } catch {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  beforeAll(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'odometer pg spec-'));
    await chmod(parent, 0o700);
    directory = path.join(parent, 'data dir');
    const url = await start();
    await query(url, 'CREATE TABLE kept (n int)');
    await query(url, 'INSERT INTO kept VALUES (42)');
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  const kept = async (url: string): Promise<void> =>
    expect(await query(url, 'SELECT n FROM kept')).toEqual({ n: 42 });

  it('is durable, deterministic and for this machine only', async () => {
    const settings = `SELECT current_setting('data_checksums') AS checksums, current_setting('synchronous_commit') AS sync,
      current_setting('listen_addresses') AS address, datlocale AS locale, pg_encoding_to_char(encoding) AS encoding
      FROM pg_database WHERE datname = current_database()`;
    expect(await query(running?.url ?? '', settings)).toEqual({
      checksums: 'on',
      sync: 'on',
      address: '127.0.0.1',
      locale: 'C.UTF-8',
      encoding: 'UTF8',
    });
    const { mode } = await stat(path.join(directory, 'postgres.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('keeps its data and its port', async () => {
    const url = await start();
    await kept(url);
    await running?.stop();
    expect(await start()).toBe(url);
  });

  it('serves one Odometer at a time', async () => {
    await start();
    await expect(startEmbeddedPostgres(directory)).rejects.toThrow(
      'another Odometer server is running on the data directory',
    );
  });

  it('is used on when its Odometer was killed', async () => {
    const url = await start();
    const before = await pid();
    // What a killed process leaves: the database, and a lock that nobody answers on.
    await rm(path.join(directory, 'lock.sock'), { force: true });
    running = await startEmbeddedPostgres(directory);
    expect([running.adopted, running.url, await pid()]).toEqual([true, url, before]);
    await kept(url);
  });

  it('recovers when it was killed itself', async () => {
    await start();
    const killed = await pid();
    process.kill(killed, 'SIGKILL');
    await ended(killed);
    await rm(path.join(directory, 'lock.sock'), { force: true });
    await kept(await start());
    expect(running?.adopted).toBe(false);
  });

  it('does not take a stranger with its old process id for itself', async () => {
    await start();
    await running?.stop();
    const stale = `${process.pid}\n${directory}\n0\n1\n\n127.0.0.1\n\n\n`;
    await writeFile(path.join(directory, 'postgres/data/postmaster.pid'), stale);
    await kept(await start());
  });

  it('takes another port when its own is in use', async () => {
    const before = Number(new URL(await start()).port);
    await running?.stop();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(before, '127.0.0.1', resolve));
    const url = await start();
    await new Promise((resolve) => taken.close(resolve));
    expect(Number(new URL(url).port)).not.toBe(before);
    await kept(url);
  });

  it('says what is missing when its password is lost', async () => {
    const file = path.join(directory, 'postgres.json');
    const credentials = await readFile(file, 'utf8');
    await rm(file);
    await expect(start()).rejects.toThrow(`${file} is missing`);
    await writeFile(file, credentials);
    await kept(await start());
  });
});
