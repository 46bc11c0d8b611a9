import type { CustomerDetails, CustomerEvent } from '@odometer/domain';
import { changeExisting, foldedProjection, type FoldContext } from '../fold-events.js';
import { CUSTOMERS, customersTables } from './customers.table.js';

type Contents = CustomerDetails & { readonly externalId: string; readonly personal: string | null };

/** Customers as they are now. Personal data stays the ciphertext that the events carry. */
export const customersProjection = foldedProjection<CustomerEvent>({
  name: CUSTOMERS,
  version: 1,
  tables: customersTables,
  folds: {
    // A registration of one that was archived or erased begins anew.
    CustomerRegistered: (data, context) =>
      context.sql.query({
        name: 'customer_registered',
        text: `INSERT INTO ${context.schema}.customer
                 (tenant, external_id, currency, timezone, metadata, grace_period_days, test_clock, personal, archived, erased)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, false)
               ON CONFLICT (tenant, external_id) DO UPDATE SET
                 currency = EXCLUDED.currency, timezone = EXCLUDED.timezone, metadata = EXCLUDED.metadata,
                 grace_period_days = EXCLUDED.grace_period_days, test_clock = EXCLUDED.test_clock,
                 personal = EXCLUDED.personal, archived = false, erased = false`,
        values: valuesOf(data, context),
      }),
    CustomerDetailsChanged: (data, context) =>
      changeExisting(context, {
        name: 'customer_details_changed',
        text: `UPDATE ${context.schema}.customer SET currency = $3, timezone = $4, metadata = $5,
                      grace_period_days = $6, test_clock = $7, personal = $8
                WHERE tenant = $1 AND external_id = $2`,
        values: valuesOf(data, context),
      }),
    CustomerArchived: ({ externalId }, context) =>
      changeExisting(context, {
        name: 'customer_archived',
        text: `UPDATE ${context.schema}.customer SET archived = true WHERE tenant = $1 AND external_id = $2`,
        values: [context.tenant, externalId],
      }),
    CustomerErased: ({ externalId }, context) =>
      changeExisting(context, {
        name: 'customer_erased',
        text: `UPDATE ${context.schema}.customer SET erased = true, personal = NULL
                WHERE tenant = $1 AND external_id = $2`,
        values: [context.tenant, externalId],
      }),
  },
});

const valuesOf = (data: Contents, { tenant }: FoldContext): readonly unknown[] => [
  tenant,
  data.externalId,
  data.currency ?? null,
  data.timezone,
  JSON.stringify(data.metadata),
  data.gracePeriodDays,
  data.testClock ?? null,
  data.personal,
];
