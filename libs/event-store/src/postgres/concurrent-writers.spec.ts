import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import type { EventStore, LogPage, ReadAllOptions } from '../event-store.js';
import { newEvent, newStream } from '../conformance/index.js';
import { LogHead } from '../log-head.js';
import { followLog } from '../subscription.js';
import { createPostgresEventStore, eventStoreMigrations, migrate } from './index.js';

const PROCESSES = 2;
const WRITERS_PER_PROCESS = 4;
const EVENTS_PER_WRITER = 20;
const SEED = 20_010_101;
/** After the last commit a reader that missed nothing needs milliseconds. */
const PATIENCE_MS = 2_000;

const run = promisify(execFile);
const WRITER = fileURLToPath(new URL('./fixtures/writer.mjs', import.meta.url));

interface Seen {
  readonly committed: readonly string[];
  readonly delivered: readonly string[];
  readonly positions: readonly number[];
}

/** Follows a log from its start while processes write to it, until all has arrived or patience ends. */
async function followWriters(
  url: string,
  kind: 'log' | 'naive',
  subscribe: (signal: AbortSignal) => AsyncIterable<LogPage>,
): Promise<Seen> {
  const stop = new AbortController();
  const delivered: string[] = [];
  const positions: number[] = [];
  const following = (async () => {
    for await (const page of subscribe(stop.signal)) {
      for (const event of page.events) {
        delivered.push(event.eventId);
        positions.push(event.position);
      }
    }
  })();
  const outputs = await Promise.all(
    Array.from({ length: PROCESSES }, (_, n) =>
      run(process.execPath, [
        WRITER,
        url,
        kind,
        String(WRITERS_PER_PROCESS),
        String(EVENTS_PER_WRITER),
        String(SEED + n),
      ]),
    ),
  );
  const committed = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
  const seen = { committed, delivered, positions };
  const deadline = Date.now() + PATIENCE_MS;
  while (lostOf(seen).length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop.abort();
  await following;
  return seen;
}

const lostOf = ({ committed, delivered }: Seen): string[] => {
  const arrived = new Set(delivered);
  return committed.filter((id) => !arrived.has(id));
};

describe('following a log while 8 writers in 2 processes commit with random delays', () => {
  let database: TestDatabase;
  const stores: EventStore[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  const open = (): EventStore => {
    const store = createPostgresEventStore({ pool: database.pool, connectionString: database.url });
    stores.push(store);
    return store;
  };

  it('delivers every event once, in order of position, without a gap', async () => {
    const store = open();
    const seen = await followWriters(database.url, 'log', (signal) =>
      store.subscribe({ after: 0, limit: 7, signal }),
    );
    expect(seen.committed).toHaveLength(PROCESSES * WRITERS_PER_PROCESS * EVENTS_PER_WRITER);
    expect(lostOf(seen)).toEqual([]);
    expect(seen.positions).toEqual(seen.committed.map((_, i) => i + 1));
  });

  it('delivers also what this process appends in between, the same to another process', async () => {
    const [here, there] = [open(), open()];
    const start = await here.head();
    let own = 0;
    let writing = true;
    const appending = (async () => {
      for (; writing; own += 1) {
        await here.append(newStream(), [newEvent()], { expectedRevision: 'noStream' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const elsewhere = followWriters(database.url, 'log', (signal) =>
      there.subscribe({ after: start, signal }),
    );
    const seenHere = await followWriters(database.url, 'log', (signal) =>
      here.subscribe({ after: start, limit: 5, signal }),
    );
    const seenThere = await elsewhere;
    writing = false;
    await appending;
    const total = own + seenHere.committed.length + seenThere.committed.length;
    expect(await here.head()).toBe(start + total);
    for (const seen of [seenHere, seenThere]) {
      expect(lostOf(seen)).toEqual([]);
      expect(seen.positions).toEqual(seen.positions.map((_, i) => start + 1 + i));
    }
  });

  it('loses events with a naive sequence, so this test can tell', async () => {
    await database.pool.query(
      'CREATE TABLE naive_log (position bigserial PRIMARY KEY, event_id uuid NOT NULL)',
    );
    const head = new LogHead(() => Promise.resolve(0));
    const seen = await followWriters(database.url, 'naive', (signal) =>
      followLog({ readAll: readNaively, head, pollIntervalMs: 1 }, { after: 0 }, signal),
    );
    expect(seen.committed).toHaveLength(PROCESSES * WRITERS_PER_PROCESS * EVENTS_PER_WRITER);
    expect(lostOf(seen).length).toBeGreaterThan(0);
  });

  async function readNaively({ after }: ReadAllOptions): Promise<LogPage> {
    const { rows } = await database.pool.query<{ position: string; event_id: string }>(
      'SELECT position, event_id FROM naive_log WHERE position > $1 ORDER BY position',
      [after],
    );
    const events = rows.map(({ position, event_id }) => ({
      ...newEvent({}, { eventId: event_id }),
      streamId: 'naive',
      revision: 0,
      position: Number(position),
      hash: '',
    }));
    return { events, position: events.at(-1)?.position ?? after };
  }
});
