import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { readConfig } from '../config/config.js';
import { startServer } from '../roles/server.js';

/** `npm run openapi`: writes the document that a server of this code serves, asked from one that is started for it. */
const OPENAPI_FILE = path.join('libs', 'contracts', 'openapi.json');

async function write(): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'odometer-openapi-'));
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', ODOMETER_DATA_DIR: directory });
  const server = await startServer(config, pino({ level: 'warn' }));
  try {
    const answer = await fetch(`${server.url}/openapi.json`);
    await writeFile(OPENAPI_FILE, `${JSON.stringify(await answer.json(), null, 2)}\n`);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

await write();
