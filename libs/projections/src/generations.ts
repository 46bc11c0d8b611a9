import type pg from 'pg';
import { withClient } from './apply-batch.js';
import type { Db, ProjectionRow } from './ledger.js';
import { schemaOf, type Projection } from './projection.js';
import { sqlOf } from './sql-of.js';

export const nextSchemaOf = (name: string): string => `${schemaOf(name)}__next`;
export const oldSchemaOf = (name: string): string => `${schemaOf(name)}__old`;

export const schemaFor = (name: string, target: 'live' | 'next'): string =>
  target === 'live' ? schemaOf(name) : nextSchemaOf(name);

/** A process that freezes while it makes or drops schemas holds locks that all others need: the server ends its transaction then. */
const FROZEN_MS = 10_000;

/** Serialises everything that creates, drops or renames schemas of projections, across processes. */
const SCHEMA_LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('odometer.projections', 0))`;

export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  return withClient(pool, async (client) => {
    await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${FROZEN_MS}`);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  });
}

export async function lockProjection(client: Db, name: string): Promise<ProjectionRow | null> {
  const { rows } = await client.query<ProjectionRow>(
    `SELECT name, version, generation, next_version AS "nextVersion", next_generation AS "nextGeneration"
       FROM odometer.projections WHERE name = $1 FOR UPDATE`,
    [name],
  );
  return rows[0] ?? null;
}

/**
 * Makes sure that the projection exists: built from nothing when it is new, side by side when the version or the number of shards
 * is another one than the code's. A rebuild to this very version that was under way goes on.
 */
export async function ensureProjection(pool: pg.Pool, projection: Projection): Promise<void> {
  const fits = await inTransaction(pool, async (client) => {
    await client.query(SCHEMA_LOCK);
    const row = await lockProjection(client, projection.name);
    if (!row) {
      await createFirst(client, projection);
      return true;
    }
    return (
      row.version === projection.version &&
      (await countShards(client, row.name, row.generation)) === projection.shards
    );
  });
  if (!fits) await beginRebuild(pool, projection);
}

async function countShards(client: Db, name: string, generation: number): Promise<number> {
  const { rows } = await client.query<{ shards: number }>(
    `SELECT count(*)::integer AS shards FROM odometer.projection_shards WHERE name = $1 AND generation = $2`,
    [name, generation],
  );
  return rows[0]?.shards ?? 0;
}

async function createFirst(client: pg.PoolClient, projection: Projection): Promise<void> {
  const { name, version } = projection;
  await client.query(
    `INSERT INTO odometer.projections (name, version, generation, last_generation) VALUES ($1, $2, 1, 1)`,
    [name, version],
  );
  await fillSchema(client, projection, 'live');
  await insertShards(client, projection, { generation: 1, target: 'live' });
}

/** A schema that is there already belongs to no row of `projections`, so it is left over from one that was removed. */
async function fillSchema(
  client: pg.PoolClient,
  projection: Projection,
  target: 'live' | 'next',
): Promise<void> {
  const schema = schemaFor(projection.name, target);
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.query(`CREATE SCHEMA ${schema}`);
  await projection.init(sqlOf(client, schema), schema);
}

async function insertShards(
  client: Db,
  projection: Projection,
  { generation, target }: { readonly generation: number; readonly target: 'live' | 'next' },
): Promise<void> {
  await client.query(
    `INSERT INTO odometer.projection_shards (name, generation, shard, target, version)
     SELECT $1, $2, shard, $3, $4 FROM generate_series(0, $5::integer - 1) AS shard`,
    [projection.name, generation, target, projection.version, projection.shards],
  );
}

/** Starts a rebuild beside the live tables, or joins one to the same version. Answers its generation. */
export async function beginRebuild(pool: pg.Pool, projection: Projection): Promise<number> {
  const { name, version } = projection;
  const running = await inTransaction(pool, async (client) => {
    await client.query(SCHEMA_LOCK);
    const row = await lockProjection(client, name);
    if (!row) throw new Error(`projection ${name} does not exist: start the engine first`);
    if (row.nextGeneration === null) return null;
    const shards = await countShards(client, name, row.nextGeneration);
    if (row.nextVersion === version && shards === projection.shards) return row.nextGeneration;
    // Its workers are shut out first; only then, in a transaction of its own, is the schema dropped, which waits for them.
    await forgetNext(client, row);
    return null;
  });
  if (running !== null) return running;
  return inTransaction(pool, async (client) => {
    await client.query(SCHEMA_LOCK);
    const row = await lockProjection(client, name);
    if (row?.nextGeneration != null) {
      if (row.nextVersion === version) return row.nextGeneration;
      await forgetNext(client, row);
    }
    await fillSchema(client, projection, 'next');
    const { rows } = await client.query<{ generation: number }>(
      `UPDATE odometer.projections
          SET last_generation = last_generation + 1, next_generation = last_generation + 1, next_version = $2
        WHERE name = $1 RETURNING next_generation AS generation`,
      [name, version],
    );
    const generation = rows[0]?.generation;
    if (generation === undefined) throw new Error(`projection ${name} does not exist`);
    await insertShards(client, projection, { generation, target: 'next' });
    return generation;
  });
}

async function forgetNext(client: Db, row: ProjectionRow): Promise<void> {
  await client.query(`DELETE FROM odometer.projection_shards WHERE name = $1 AND generation = $2`, [
    row.name,
    row.nextGeneration,
  ]);
  await client.query(
    `UPDATE odometer.projections SET next_generation = NULL, next_version = NULL WHERE name = $1`,
    [row.name],
  );
}

/** Those of some projections that have tables of before a swap. */
export async function leftBehind(db: Db, names: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ schema: string }>(
    `SELECT nspname::text AS schema FROM pg_namespace WHERE nspname = ANY($1)`,
    [names.map(oldSchemaOf)],
  );
  const found = new Set(rows.map(({ schema }) => schema));
  return names.filter((name) => found.has(oldSchemaOf(name)));
}

/** Waits for readers of the dropped tables, but not for ever: whoever wants them gone tries again. */
export async function dropSchema(pool: pg.Pool, schema: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL lock_timeout = '10s'`);
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  });
}
