/**
 * Starts one PostgreSQL for the whole test run, unless ODOMETER_TEST_DATABASE_URL names a server. It is the one of the server itself,
 * so that tests run wherever Odometer does. Every suite makes databases of its own on it (libs/testing/src/test-database.ts).
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = 'apps/server/src/embedded-postgres';

/** Jest loads this file as it is, so what it needs of the server is compiled first: into this checkout, for its node_modules. */
async function compiled() {
  await mkdir(path.join(ROOT, '.tmp'), { recursive: true });
  const directory = await mkdtemp(path.join(ROOT, '.tmp', 'test-postgres-'));
  const compiler = path.join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
  const args = [compiler, SOURCE, '-d', directory, '--config-file', '.swcrc', '--quiet'];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return directory;
}

export default async function startPostgres() {
  if (process.env.ODOMETER_TEST_DATABASE_URL) return;
  const code = await compiled();
  const module = pathToFileURL(path.join(code, SOURCE, 'embedded-postgres.js')).href;
  const { startEmbeddedPostgres } = await import(module);
  await rm(code, { recursive: true });
  const directory = await mkdtemp(path.join(tmpdir(), 'odometer-test-pg-'));
  const server = await startEmbeddedPostgres(directory, { max_connections: '200' });
  process.env.ODOMETER_TEST_DATABASE_URL = server.url;
  globalThis.__odometerTestPostgres = {
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}
