import type { TestClockEvent } from '@odometer/domain';
import { changeExisting, foldedProjection } from '../fold-events.js';
import { CLOCKS, clocksTables } from './clocks.table.js';

/** What time it is on every test clock. */
export const clocksProjection = foldedProjection<TestClockEvent>({
  name: CLOCKS,
  version: 1,
  tables: clocksTables,
  folds: {
    TestClockCreated: ({ code, now }, { sql, schema, tenant }) =>
      sql.query({
        name: 'clock_created',
        text: `INSERT INTO ${schema}.clock (tenant, code, now) VALUES ($1, $2, $3)`,
        values: [tenant, code, now],
      }),
    TestClockAdvanced: ({ code, now }, context) =>
      changeExisting(context, {
        name: 'clock_advanced',
        text: `UPDATE ${context.schema}.clock SET now = $3 WHERE tenant = $1 AND code = $2`,
        values: [context.tenant, code, now],
      }),
  },
});
