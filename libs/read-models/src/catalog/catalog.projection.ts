import type { FeatureEvent, Meter, MeterEvent, Plan, PlanEvent } from '@odometer/domain';
import { changeExisting, foldedProjection, type FoldContext } from '../fold-events.js';
import { CATALOG, catalogTables } from './catalog.table.js';

/** Meters and plans in all versions, and features. */
export const catalogProjection = foldedProjection<MeterEvent | FeatureEvent | PlanEvent>({
  name: CATALOG,
  version: 1,
  tables: catalogTables,
  folds: {
    MeterDefined: (meter, context) => addVersion('meter', meter, context),
    MeterRevised: reviseMeter,
    MeterArchived: ({ code }, context) => archive('meter', code, context),
    PlanPublished: (plan, context) => addVersion('plan', plan, context),
    PlanArchived: ({ code }, context) => archive('plan', code, context),
    FeatureDefined: (feature, { sql, schema, tenant }) =>
      sql.query({
        name: 'feature_defined',
        text: `INSERT INTO ${schema}.feature (tenant, code, definition, archived) VALUES ($1, $2, $3, false)
               ON CONFLICT (tenant, code) DO UPDATE SET definition = EXCLUDED.definition, archived = false`,
        values: [tenant, feature.code, JSON.stringify(feature)],
      }),
    FeatureArchived: ({ code }, context) => archive('feature', code, context),
  },
});

/** A version that comes twice breaks the primary key of the versions: it cannot be in an undamaged log. */
const addVersion = (
  table: 'meter' | 'plan',
  definition: Meter | Plan,
  { sql, schema, tenant }: FoldContext,
): Promise<unknown> =>
  sql.query({
    name: `${table}_version`,
    text: `WITH version AS (
             INSERT INTO ${schema}.${table}_version (tenant, code, version, definition) VALUES ($1, $2, $3, $4))
           INSERT INTO ${schema}.${table} (tenant, code, version, definition, archived) VALUES ($1, $2, $3, $4, false)
           ON CONFLICT (tenant, code) DO UPDATE SET
             version = EXCLUDED.version, definition = EXCLUDED.definition, archived = false`,
    values: [tenant, definition.code, definition.version, JSON.stringify(definition)],
  });

/** A revision that changes no more than the name keeps the version. */
async function reviseMeter(meter: Meter, context: FoldContext): Promise<void> {
  const { sql, schema, tenant } = context;
  const { rowCount } = await sql.query({
    name: 'meter_renamed',
    text: `WITH version AS (
             UPDATE ${schema}.meter_version SET definition = $4 WHERE tenant = $1 AND code = $2 AND version = $3 RETURNING code)
           UPDATE ${schema}.meter m SET definition = $4 FROM version
            WHERE m.tenant = $1 AND m.code = version.code AND m.version = $3`,
    values: [tenant, meter.code, meter.version, JSON.stringify(meter)],
  });
  if (rowCount === 0) await addVersion('meter', meter, context);
}

const archive = (
  table: 'meter' | 'plan' | 'feature',
  code: string,
  context: FoldContext,
): Promise<void> =>
  changeExisting(context, {
    name: `${table}_archived`,
    text: `UPDATE ${context.schema}.${table} SET archived = true WHERE tenant = $1 AND code = $2`,
    values: [context.tenant, code],
  });
