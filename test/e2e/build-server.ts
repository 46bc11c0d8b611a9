import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuiltServer {
  /** Everything that was compiled, as in the source tree. */
  readonly directory: string;
  /** The module that starts the server. */
  readonly main: string;
  remove(): Promise<void>;
}

/** Compiles the server as `npm run build` does, into a directory of its own that still finds node_modules. */
export async function buildServer(): Promise<BuiltServer> {
  const scratch = path.join(ROOT, '.tmp');
  await mkdir(scratch, { recursive: true });
  const directory = await mkdtemp(path.join(scratch, 'e2e-'));
  const compiler = path.join(ROOT, 'node_modules/@swc/cli/bin/swc.js');
  const inputs = [
    'apps/server',
    'apps/cli',
    'libs',
    '-d',
    directory,
    '--config-file',
    '.swcrc',
    '--quiet',
  ];
  await promisify(execFile)(process.execPath, [compiler, ...inputs], { cwd: ROOT });
  return {
    directory,
    main: path.join(directory, 'apps/server/src/main.js'),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
