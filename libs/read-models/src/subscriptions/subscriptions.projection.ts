import type { CustomerEvent, SubscriptionEvent, TestClockEvent } from '@odometer/domain';
import { changeExisting, foldedProjection, type FoldContext } from '../fold-events.js';
import { SUBSCRIPTIONS, subscriptionsTables } from './subscriptions.table.js';

type Registered = Extract<CustomerEvent, { type: 'CustomerRegistered' }>;

/** Subscriptions in all their lives. */
export const subscriptionsProjection = foldedProjection<
  SubscriptionEvent | TestClockEvent | Registered
>({
  name: SUBSCRIPTIONS,
  version: 1,
  tables: subscriptionsTables,
  folds: {
    SubscriptionStarted: async (terms, { sql, schema, tenant }) => {
      await sql.query({
        name: 'life_before',
        text: `UPDATE ${schema}.subscription SET latest = false WHERE tenant = $1 AND external_id = $2 AND latest`,
        values: [tenant, terms.externalId],
      });
      await sql.query({
        name: 'subscription_started',
        text: `INSERT INTO ${schema}.subscription
                 (tenant, external_id, incarnation, customer_id, plan_code, plan_version, billing_time, started_at,
                  agreed_end, ending_at, latest)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, true)`,
        values: [
          tenant,
          terms.externalId,
          terms.incarnation,
          terms.customerId,
          terms.planCode,
          terms.planVersion,
          terms.billingTime,
          terms.startedAt,
          terms.endingAt,
        ],
      });
    },
    SubscriptionEndScheduled: ({ externalId, incarnation, endingAt }, context) =>
      changeLife(context, 'ending_at', [externalId, incarnation, endingAt]),
    SubscriptionTerminated: ({ externalId, incarnation, terminatedAt }, context) =>
      changeLife(context, 'terminated_at', [externalId, incarnation, terminatedAt]),
    // The clock of a customer is chosen at its first registration and never changes.
    CustomerRegistered: async ({ externalId, testClock }, { sql, schema, tenant }) => {
      if (testClock === undefined) return;
      await sql.query({
        name: 'customer_clock',
        text: `INSERT INTO ${schema}.customer (tenant, customer_id, clock) VALUES ($1, $2, $3)
               ON CONFLICT (tenant, customer_id) DO UPDATE SET clock = EXCLUDED.clock`,
        values: [tenant, externalId, testClock],
      });
    },
    TestClockCreated: (clock, context) => setClock(clock, context),
    TestClockAdvanced: (clock, context) => setClock(clock, context),
  },
});

const changeLife = (
  context: FoldContext,
  column: 'ending_at' | 'terminated_at',
  values: readonly [externalId: string, incarnation: number, at: string | null],
): Promise<void> =>
  changeExisting(context, {
    name: `subscription_${column}`,
    text: `UPDATE ${context.schema}.subscription SET ${column} = $4
            WHERE tenant = $1 AND external_id = $2 AND incarnation = $3`,
    values: [context.tenant, ...values],
  });

const setClock = (
  { code, now }: { readonly code: string; readonly now: string },
  { sql, schema, tenant }: FoldContext,
): Promise<unknown> =>
  sql.query({
    name: 'set_clock',
    text: `INSERT INTO ${schema}.clock (tenant, code, now) VALUES ($1, $2, $3)
           ON CONFLICT (tenant, code) DO UPDATE SET now = EXCLUDED.now`,
    values: [tenant, code, now],
  });
