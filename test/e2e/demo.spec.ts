import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ADMIN_KEY, RestartableServer } from './restartable-server.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT_MS = 240_000;

/** On PostgreSQL everybody runs it who tries Odometer out. */
describe('the demo, with its log in EventStoreDB', () => {
  let server: RestartableServer;

  beforeAll(async () => {
    server = await RestartableServer.create('eventstoredb');
    const compiler = path.join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
    const options = ['-d', server.built.directory, '--config-file', '.swcrc', '--quiet'];
    await run(process.execPath, [compiler, 'test/demo', ...options], { cwd: ROOT });
  }, TIMEOUT_MS);
  afterAll(() => server.remove());

  const demo = async (): Promise<string> => {
    const main = path.join(server.built.directory, 'test/demo/main.js');
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      ODOMETER_URL: server.address,
      ODOMETER_API_KEY: ADMIN_KEY,
    };
    return (await run(process.execPath, [main], { cwd: ROOT, env })).stdout;
  };

  it(
    'bills what was worked out from the flights alone',
    async () => {
      expect(await demo()).toContain('Every number equals the one worked out');
    },
    TIMEOUT_MS,
  );
});
