import type { ProjectionEngine } from '@odometer/projections';
import { controlPlaneProjections, USAGE_PROJECTION } from '@odometer/read-models';
import type pg from 'pg';

const NAMES = [USAGE_PROJECTION, ...controlPlaneProjections.map(({ name }) => name)];

/**
 * The log position that every read model has reached: as this process knows it of those that it projects, else as it is stored, which may be
 * a little behind for read models without news.
 */
export const reachedPositionOf =
  (engine: Pick<ProjectionEngine, 'reached'>, pool: pg.Pool): (() => Promise<number>) =>
  async () => {
    const known = NAMES.map((name) => ({ name, position: engine.reached(name) }));
    const elsewhere = known.filter(({ position }) => position === null).map(({ name }) => name);
    const positions = known.flatMap(({ position }) => (position === null ? [] : [position]));
    if (elsewhere.length > 0) positions.push(await storedPosition(pool, elsewhere));
    return Math.min(...positions);
  };

async function storedPosition(pool: pg.Pool, names: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ position: string | null }>(
    `SELECT min(position) AS position FROM odometer.projection_shards WHERE target = 'live' AND name = ANY($1)`,
    [names],
  );
  return Number(rows[0]?.position ?? 0);
}
