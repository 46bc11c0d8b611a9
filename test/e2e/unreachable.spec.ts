import { createFaultProxy, createTestDatabase, type TestDatabase } from '@odometer/testing';
import { buildServer, type BuiltServer } from './build-server.js';
import { OdometerProcess } from './odometer-process.js';

const TIMEOUT_MS = 120_000;

describe('a start through a network that loses everything', () => {
  let built: BuiltServer;
  let database: TestDatabase;

  beforeAll(async () => {
    built = await buildServer();
  }, TIMEOUT_MS);
  afterAll(() => built.remove());
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  /** What it says before it ends, and how long that takes. What stands behind a black hole makes no difference. */
  async function startInto(
    variables: (lost: URL) => Record<string, string>,
  ): Promise<{ readonly said: string; readonly ms: number }> {
    const proxy = await createFaultProxy(database.url);
    proxy.set('black hole');
    const startedAt = performance.now();
    try {
      const failed = await OdometerProcess.start(built, {
        EVENT_STORE: 'postgres',
        DATABASE_URL: database.url,
        ODOMETER_ADMIN_KEY: 'odometer-unreachable-key',
        ODOMETER_DATABASE_TIMEOUT_SECONDS: '2',
        LOG_LEVEL: 'fatal',
        ...variables(new URL(proxy.url)),
      }).catch((error: unknown) => String(error));
      const ms = performance.now() - startedAt;
      if (typeof failed === 'string') return { said: failed, ms };
      await failed.kill();
      throw new Error('it started');
    } finally {
      await proxy.close();
    }
  }

  it.each([
    ['PostgreSQL', (lost: URL) => ({ DATABASE_URL: lost.href }), 'PostgreSQL at 127.0.0.1:'],
    [
      'EventStoreDB',
      (lost: URL) => ({
        EVENT_STORE: 'eventstoredb',
        EVENTSTORE_URL: `esdb://${lost.host}?tls=false`,
      }),
      'EventStoreDB cannot be read: ',
    ],
    ['Kafka', (lost: URL) => ({ KAFKA_BROKERS: lost.host }), 'Kafka cannot be reached: '],
  ])(
    'to %s ends, and says in one line why',
    async (name, variables, reason) => {
      const { said, ms } = await startInto(variables);
      process.stderr.write(`${name}: gave up after ${Math.round(ms)} ms: ${said}\n`);
      expect(said).toContain(`Odometer did not start: ${reason}`);
      expect(said.trim().split('\n')).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
