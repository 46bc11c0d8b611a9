import { writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { buildServer, type BuiltServer } from './build-server.js';
import { startEventLog, type EventLog } from './event-log.js';
import { OdometerProcess } from './odometer-process.js';
import { timeUntil } from './roles-world.js';

const DEAD_WITHIN_MS = 10_000;
const STARTED_WITHIN_MS = 20_000;

/** Loaded by every thread before its own code; those that fold usage do what is asked when the file is there. */
const SABOTAGE = `
import { existsSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
const { ODOMETER_SABOTAGE: file, ODOMETER_SABOTAGE_HOW: how } = process.env;
if (workerData?.usageShards !== undefined) {
  setInterval(() => {
    if (!existsSync(file)) return;
    if (how === 'fail') throw new Error('planted');
    process.exit(0);
  }, 20).unref();
}`;

/** As Linux tells it; elsewhere nothing is known of threads. */
function nicenessOfOtherThreads(pid: number): number[] {
  if (process.platform !== 'linux') return [];
  const others = readdirSync(`/proc/${pid}/task`).filter((task) => task !== String(pid));
  return others.map((task) => {
    const text = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[16]);
  });
}

describe('a thread that folds usage', () => {
  let built: BuiltServer;
  let database: TestDatabase;
  let eventLog: EventLog;

  beforeAll(async () => {
    [built, database] = await Promise.all([buildServer(), createTestDatabase()]);
    eventLog = await startEventLog(built);
    await writeFile(path.join(built.directory, 'sabotage.mjs'), SABOTAGE);
  }, 120_000);
  afterAll(async () => {
    await database.drop();
    await eventLog.stop();
    await built.remove();
  });

  it.each([
    ['fail', 'Error: planted'],
    ['leave', 'Error: projector thread 0 ended with 0'],
  ])(
    'and comes to an end by itself (%s) ends the process, loudly',
    async (how, said) => {
      const trigger = path.join(built.directory, how);
      const server = await OdometerProcess.start(built, {
        ...eventLog.environment,
        DATABASE_URL: database.url,
        ODOMETER_ADMIN_KEY: 'odometer-thread-key',
        ODOMETER_PROJECTOR_THREADS: '1',
        LOG_LEVEL: 'warn',
        NODE_OPTIONS: `--import ${pathToFileURL(path.join(built.directory, 'sabotage.mjs')).href}`,
        ODOMETER_SABOTAGE: trigger,
        ODOMETER_SABOTAGE_HOW: how,
      });
      try {
        expect((await server.call('GET /v1/meters')).status).toBe(200);
        await writeFile(trigger, '');
        const isAlive = (): Promise<boolean> => Promise.resolve(server.isAlive);
        await timeUntil(isAlive, (alive) => !alive, DEAD_WITHIN_MS);
        expect(await server.stop()).toBe(1);
        expect(server.log).toContain(said);
      } finally {
        await server.kill();
      }
    },
    60_000,
  );

  it('ends in order with the process', async () => {
    const server = await OdometerProcess.start(built, {
      ...eventLog.environment,
      DATABASE_URL: database.url,
      ODOMETER_ADMIN_KEY: 'odometer-thread-key',
      ODOMETER_PROJECTOR_THREADS: '2',
      LOG_LEVEL: 'warn',
    });
    expect(await server.stop()).toBe(0);
    expect(server.log).not.toContain('Error');
  }, 60_000);

  it('lets the thread that answers requests go before it, where threads have priorities of their own', async () => {
    const server = await OdometerProcess.start(built, {
      ...eventLog.environment,
      DATABASE_URL: database.url,
      ODOMETER_ADMIN_KEY: 'odometer-thread-key',
      ODOMETER_PROJECTOR_THREADS: '2',
      LOG_LEVEL: 'warn',
    });
    try {
      const own = getPriority();
      const nicer = (): Promise<number> => {
        expect(getPriority(server.pid)).toBe(own);
        const others = nicenessOfOtherThreads(server.pid);
        return Promise.resolve(others.filter((nice) => nice === Math.min(own + 5, 19)).length);
      };
      // They start while HTTP is answered already.
      const wanted = process.platform === 'linux' ? 2 : 0;
      await timeUntil(nicer, (threads) => threads === wanted, STARTED_WITHIN_MS);
      expect(server.log).not.toContain('priority');
    } finally {
      await server.kill();
    }
  }, 60_000);
});
