import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { exists } from './binaries.js';
import { PostgresNotStarted } from './not-started.js';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root, so root lends it another user. */
export interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A program and how to start it. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly owner: ProcessOwner | null;
}

const USER = 'postgres';

/** Null unless we are root: then who owns the data directory already, else the user `postgres`, made when missing. */
export async function ownerFor(dataDirectory: string): Promise<ProcessOwner | null> {
  if (process.getuid?.() !== 0) return null;
  if (await exists(dataDirectory)) {
    const { uid, gid } = await stat(dataDirectory);
    if (uid !== 0) return { uid, gid };
  }
  const known = await lookUp(USER);
  if (known) return known;
  await run('useradd', ['--system', '--user-group', '--no-create-home', USER]).catch(
    (cause: unknown) => {
      throw new PostgresNotStarted(
        `PostgreSQL does not run as root, and the user "${USER}" could not be made; ` +
          'start Odometer as another user, or set DATABASE_URL',
        { cause },
      );
    },
  );
  const made = await lookUp(USER);
  if (!made) throw new PostgresNotStarted(`the user "${USER}" was made but is not to be found`);
  return made;
}

async function lookUp(user: string): Promise<ProcessOwner | null> {
  const id = async (flag: string): Promise<number> =>
    Number((await run('id', [flag, user])).stdout);
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    // `id` fails for an unknown user, which is an answer.
    return null;
  }
}

const CAPABILITIES = '+dac_override,+dac_read_search';

/**
 * How to start `file` as `owner`. Where that user cannot get to the files (a checkout below /root, or in a directory made by
 * `mktemp -d`), the program keeps the one right it needs, to pass directories, through setpriv; it is still not root.
 */
export async function launchAs(
  owner: ProcessOwner | null,
  file: string,
  directory: string,
): Promise<Launch> {
  if (!owner || (await reaches(owner, [file, directory]))) return { file, args: [], owner };
  const args = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    // Without this bit access(2), which PostgreSQL asks about its own program, disregards the right.
    '--securebits=+no_setuid_fixup',
    `--inh-caps=${CAPABILITIES}`,
    `--ambient-caps=${CAPABILITIES}`,
    file,
  ];
  try {
    await run('setpriv', [...args, '--version']);
  } catch (cause) {
    throw new PostgresNotStarted(
      `as root, PostgreSQL runs as user ${owner.uid}, who cannot enter ${directory} or reach ${file}; ` +
        'move the checkout and ODOMETER_DATA_DIR to directories that others may enter, ' +
        'start Odometer as another user, or set DATABASE_URL',
      { cause },
    );
  }
  return { file: 'setpriv', args, owner: null };
}

async function reaches(owner: ProcessOwner, files: readonly string[]): Promise<boolean> {
  const script = 'for file in "$@"; do [ -x "$file" ] || exit 1; done';
  try {
    await run('/bin/sh', ['-c', script, 'sh', ...files], { ...owner, cwd: '/' });
    return true;
  } catch {
    // A shell that cannot reach them exits with 1.
    return false;
  }
}
