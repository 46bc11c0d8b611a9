import type { ProjectionEngine } from '@odometer/projections';
import { USAGE_PROJECTION, type ReadCut } from '@odometer/read-models';

/** Prepared, since every question about usage asks it. */
const CUT = {
  name: 'odometer_usage_cut',
  text: `SELECT position FROM odometer.projection_shards WHERE name = $1 AND target = 'live' ORDER BY shard`,
};

/**
 * How far the shards of the usage read model have come in the snapshot of a connection. Checkpoints of shards without news are stored
 * lazily, so what the engine of this process knows is asked first: it can only be older than the snapshot.
 */
export const usageCutOf =
  (engine: Pick<ProjectionEngine, 'reached'>): ReadCut =>
  async (sql) => {
    const known = engine.reached(USAGE_PROJECTION) ?? 0;
    const { rows } = await sql.query<{ position: string }>({ ...CUT, values: [USAGE_PROJECTION] });
    const cut = rows.map(({ position }) => Number(position));
    return { position: Math.max(known, cut.length === 0 ? 0 : Math.min(...cut)), cut };
  };
