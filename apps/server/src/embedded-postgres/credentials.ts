import { randomBytes } from 'node:crypto';
import { chown, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exists } from './binaries.js';
import { PostgresNotStarted } from './not-started.js';

/** How to reach the embedded server; kept in a file that only its owner may read. */
export interface Credentials {
  readonly port: number;
  readonly password: string;
}

const FILE = 'postgres.json';
const USER = 'odometer';
export const DATABASE = 'odometer';
export const SUPERUSER = USER;

export async function readCredentials(directory: string): Promise<Credentials | null> {
  const file = path.join(directory, FILE);
  if (!(await exists(file))) return null;
  return JSON.parse(await readFile(file, 'utf8')) as Credentials;
}

export async function writeCredentials(directory: string, credentials: Credentials): Promise<void> {
  const file = path.join(directory, FILE);
  // Written whole under another name first, so that a crash never leaves half a password.
  await writeFile(`${file}.new`, JSON.stringify(credentials), { mode: 0o600 });
  // Root may start once what another user starts every day.
  const { uid, gid } = await stat(directory);
  if (process.getuid?.() === 0) await chown(`${file}.new`, uid, gid);
  await rename(`${file}.new`, file);
}

export const newPassword = (): string => randomBytes(24).toString('base64url');

export const urlOf = ({ port, password }: Credentials, database: string): string =>
  `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;

export const missingCredentials = (directory: string): PostgresNotStarted =>
  new PostgresNotStarted(
    `${path.join(directory, FILE)} is missing, and with it the password of the database beside it; ` +
      'put the file back, or set ODOMETER_DATA_DIR to a new directory',
  );
