import { toIso, type UsageRecord } from '@odometer/domain';
import { decodeSegment, type EventStore } from '@odometer/event-store';
import { createProjectionEngine, POOL_SIZE_MIN } from '@odometer/projections';
import pg from 'pg';
import { projectionsOf } from '../../apps/server/src/roles/projections.js';
import type { SentRecord } from '../e2e/crash-load.js';
import { dump } from '../simulation/dump.js';

/** What came of building every read model again, from the log alone. */
export interface RebuildCheck {
  readonly readModels: number;
  /** Rows that were compared. */
  readonly rows: number;
  /** Read models whose rows are not what they were. */
  readonly differing: readonly string[];
}

/** Rebuilds every read model, as a new version of it would be, and compares. Nobody else may be at work. */
export async function rebuildAndCompare(options: {
  readonly databaseUrl: string;
  readonly store: EventStore;
  readonly usageShards: number;
}): Promise<RebuildCheck> {
  const projections = projectionsOf(options.usageShards, options.store);
  const shards = projections.reduce((sum, projection) => sum + projection.shards, 0);
  const max = shards + POOL_SIZE_MIN;
  const pool = new pg.Pool({ connectionString: options.databaseUrl, max });
  const engine = createProjectionEngine({
    pool,
    store: options.store,
    projections,
    owner: 'second look',
    now: Date.now,
  });
  const differing: string[] = [];
  let rows = 0;
  try {
    await engine.start();
    await engine.waitFor('all', await options.store.head(), WAIT_MS);
    for (const { name } of projections) {
      const before = await dump(pool, name);
      await engine.rebuild(name);
      if ((await dump(pool, name)).text !== before.text) differing.push(name);
      rows += before.rows;
    }
  } finally {
    await engine.stop();
    await pool.end();
  }
  return { readModels: projections.length, rows, differing };
}

/** Longer than the leases of processes that were killed. */
const WAIT_MS = 60_000;

/** The records that count, as they stand in the log: of each identity the first. */
export async function countedInLog(store: EventStore): Promise<SentRecord[]> {
  const counted = new Map<string, SentRecord>();
  const head = await store.head();
  for (let after = 0; after < head;) {
    const page = await store.readAll({ after, filter: [{ types: ['UsageRecorded'] }] });
    const records = page.events.flatMap(({ data }) => decodeSegment(data as Uint8Array).records);
    for (const record of records) {
      const identity = JSON.stringify([record.customerId, record.transactionId]);
      if (!counted.has(identity)) counted.set(identity, sentAs(record));
    }
    after = page.position;
  }
  return [...counted.values()];
}

const sentAs = (record: UsageRecord): SentRecord => ({
  transaction_id: record.transactionId,
  code: record.code,
  customer_id: record.customerId ?? '',
  timestamp: toIso(record.timestamp),
  properties: { units: Number(record.properties?.['units']) },
});
