import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { newEvent } from '../conformance/index.js';
import type { EventStore, VerifyResult } from '../event-store.js';
import { createPostgresEventStore, eventStoreMigrations, migrate } from './index.js';

/** Two streams, interleaved: a 0, b 0, a 1, b 1, a 2, b 2 at positions 1 to 6; b holds bytes. */
const A = 'plan-default-a';
const B = 'usage-default-0';

describe('verifying a log', () => {
  let database: TestDatabase;
  let store: EventStore;

  beforeAll(async () => {
    database = await createTestDatabase();
    await migrate(database.url, eventStoreMigrations);
    store = createPostgresEventStore({ pool: database.pool, connectionString: database.url });
  });
  beforeEach(async () => {
    await database.pool.query('TRUNCATE odometer.events, odometer.streams');
    for (let n = 0; n < 3; n += 1) {
      await store.append(A, [newEvent({ price: `${n}.50` })], { expectedRevision: 'any' });
      await store.append(B, [newEvent(Buffer.from([n, 1, 2]))], { expectedRevision: 'any' });
    }
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const tamper = async (...statements: string[]): Promise<VerifyResult> => {
    for (const statement of statements) await database.pool.query(statement);
    return store.verify();
  };
  const event = (stream: string, revision: number): string =>
    `stream_id = '${stream}' AND revision = ${revision}`;
  const content = 'its content does not match the hash chain';
  const end = 'the end of the stream is not the recorded one: events were removed or added there';

  it('finds nothing in an honest one', async () => {
    expect(await store.verify()).toEqual({ events: 6, streams: 2, faults: [] });
  });

  it.each([
    ['data', `data = '{"price":"0.01"}'`, A],
    ['the spacing of its JSON', `data = '{"price": "1.50"}'`, A],
    ['bytes', `payload = '\\x010103'`, B],
    ['metadata', `metadata = json_build_object('tenant', 'default', 'actor', 'nobody')`, A],
    ['type', `type = 'PlanArchived'`, A],
    ['version', `schema_version = 2`, B],
    ['id', `event_id = gen_random_uuid()`, B],
  ])('finds an event whose %s was edited', async (_, change, stream) => {
    const { faults } = await tamper(
      `UPDATE odometer.events SET ${change} WHERE ${event(stream, 1)}`,
    );
    expect(faults).toEqual([{ streamId: stream, revision: 1, problem: content }]);
  });

  it('finds an edit that recomputed the hash of its own event', async () => {
    const { faults } = await tamper(
      `UPDATE odometer.events SET hash = sha256('forged') WHERE ${event(A, 1)}`,
    );
    expect(faults.map(({ revision }) => revision)).toEqual([1, 2]);
  });

  it('finds an event that was given to another tenant', async () => {
    const { faults } = await tamper(
      `UPDATE odometer.events SET tenant = 'other' WHERE ${event(A, 0)}`,
    );
    expect(faults).toEqual([
      { streamId: A, revision: 0, problem: 'its tenant column differs from its metadata' },
    ]);
  });

  it('finds an event that was removed from the middle', async () => {
    const { faults } = await tamper(`DELETE FROM odometer.events WHERE ${event(A, 1)}`);
    expect(faults).toEqual([
      { streamId: A, revision: 2, problem: 'revision 1 is missing' },
      { streamId: A, revision: 2, problem: content },
      { streamId: B, revision: 1, problem: 'the log misses positions 3 to 3 before it' },
    ]);
  });

  it('finds a removal that renumbered what follows', async () => {
    const { faults } = await tamper(
      `DELETE FROM odometer.events WHERE ${event(A, 1)}`,
      `UPDATE odometer.events SET revision = 1 WHERE ${event(A, 2)}`,
      `UPDATE odometer.events SET position = position + 100 WHERE position > 3`,
      `UPDATE odometer.events SET position = position - 101 WHERE position > 100`,
    );
    expect(faults).toEqual([
      { streamId: A, revision: 1, problem: content },
      { streamId: A, revision: 1, problem: end },
    ]);
  });

  it('finds an event that was cut off the end', async () => {
    const { faults } = await tamper(`DELETE FROM odometer.events WHERE ${event(B, 2)}`);
    expect(faults).toEqual([{ streamId: B, revision: 1, problem: end }]);
  });

  it('finds a stream of which nothing is left', async () => {
    const { faults } = await tamper(`DELETE FROM odometer.events WHERE stream_id = '${B}'`);
    expect(faults[0]).toEqual({
      streamId: B,
      revision: 0,
      problem: 'all events of the stream are missing',
    });
  });

  const copy = (stream: string, revision: number, position: number): string =>
    `INSERT INTO odometer.events (position, stream_id, revision, event_id, type, schema_version, tenant, metadata, data, payload, hash, size)
     SELECT ${position}, stream_id, ${revision}, gen_random_uuid(), type, schema_version, tenant, metadata, data, payload, hash, size
       FROM odometer.events WHERE ${event(stream, 1)}`;

  it('finds an event that was added at the end', async () => {
    const { faults } = await tamper(copy(A, 3, 7));
    expect(faults).toEqual([
      { streamId: A, revision: 3, problem: content },
      { streamId: A, revision: 3, problem: end },
    ]);
  });

  it('finds an event that was put into the middle, with all numbers made to fit', async () => {
    const { faults } = await tamper(
      `UPDATE odometer.events SET revision = 3 WHERE ${event(A, 2)}`,
      `UPDATE odometer.streams SET revision = 3 WHERE stream_id = '${A}'`,
      `UPDATE odometer.events SET position = 7 WHERE position = 6`,
      `UPDATE odometer.events SET position = 6 WHERE position = 5`,
      copy(A, 2, 5),
    );
    expect(faults.map(({ streamId, revision }) => [streamId, revision])).toEqual([
      [A, 2],
      [A, 3],
    ]);
  });

  it('finds events of one stream in the wrong order of the log', async () => {
    const { faults } = await tamper(
      `UPDATE odometer.events SET position = 99 WHERE position = 3`,
      `UPDATE odometer.events SET position = 3 WHERE position = 5`,
      `UPDATE odometer.events SET position = 5 WHERE position = 99`,
    );
    expect(faults).toEqual([
      {
        streamId: A,
        revision: 2,
        problem: 'its position is not after that of the event before it',
      },
    ]);
  });

  it('names the first faults only, as many as asked for', async () => {
    await database.pool.query(`UPDATE odometer.events SET type = 'Forged'`);
    expect((await store.verify({ limit: 4 })).faults).toHaveLength(4);
  });

  it('is not misled by appends that go on meanwhile', async () => {
    let appending = true;
    const others = (async () => {
      while (appending) await store.append(A, [newEvent()], { expectedRevision: 'any' });
    })();
    for (let n = 0; n < 5; n += 1) expect((await store.verify()).faults).toEqual([]);
    appending = false;
    await others;
  });

  it('is no end to reading: a hole is passed over, a page at a time, and the head is where it was', async () => {
    const reader = createPostgresEventStore({
      pool: database.pool,
      connectionString: database.url,
    });
    const head = await reader.head();
    await database.pool.query(`DELETE FROM odometer.events WHERE position < ${head} - 1`);
    const pages: number[] = [];
    const found: number[] = [];
    for (let after = head - 6; after < head;) {
      const page = await reader.readAll({ after, limit: 2 });
      found.push(...page.events.map(({ position }) => position));
      pages.push(page.position);
      after = page.position;
    }
    expect(pages).toEqual([head - 4, head - 2, head]);
    expect(found).toEqual([head - 1, head]);
    expect(await reader.readAll({ after: head })).toEqual({ events: [], position: head });
    await reader.close();
  });
});
