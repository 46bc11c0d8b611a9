import type {
  BilledSubscription,
  DueItem,
  DueRequest,
  Instant,
  ScheduledInvoice,
} from '@odometer/domain';
import { schemaOf, type SqlClient } from '@odometer/projections';
import { BILLING_SCHEDULE } from './billing-schedule.table.js';
import { numberOrNull } from './schedule-row.js';

const SCHEMA = schemaOf(BILLING_SCHEDULE);

/** Lives of one customer that billing looks at together, at most. More is an error, never a silent cut. */
export const SUBSCRIPTIONS_OF_CUSTOMER_MAX = 10_000;

interface DueRow {
  readonly tenant: string;
  readonly kind: DueItem['kind'];
  readonly subscription_id: string;
  readonly incarnation: number;
  readonly invoice_id: string;
  readonly customer_id: string;
  readonly due_at: string;
}

const DUE_COLUMNS =
  'd.tenant, d.kind, d.subscription_id, d.incarnation, d.invoice_id, d.customer_id, d.due_at';
const DUE_ORDER = 'due_at, tenant, subscription_id, incarnation, kind, invoice_id';

/** What is due, earliest first; a draft becomes final before the same subscription's next period closes. */
export async function dueItems(sql: SqlClient, request: DueRequest): Promise<DueItem[]> {
  const { now, limit, tenant, testClock } = request;
  const { rows } =
    testClock === undefined
      ? await sql.query<DueRow>(
          `SELECT * FROM (
             (SELECT ${DUE_COLUMNS} FROM ${SCHEMA}.due d
               WHERE test_clock IS NULL AND due_at <= $1 AND ($2::text IS NULL OR tenant = $2)
               ORDER BY due_at LIMIT $3)
             UNION ALL
             (SELECT ${DUE_COLUMNS} FROM ${SCHEMA}.clocks c JOIN ${SCHEMA}.due d
                 ON d.tenant = c.tenant AND d.test_clock = c.code AND d.due_at <= c.now
               WHERE $2::text IS NULL OR c.tenant = $2
               ORDER BY due_at LIMIT $3)) AS both_kinds
           ORDER BY ${DUE_ORDER} LIMIT $3`,
          [now, tenant ?? null, limit],
        )
      : await sql.query<DueRow>(
          `SELECT ${DUE_COLUMNS} FROM ${SCHEMA}.due d
            WHERE tenant = $2 AND test_clock = $4 AND due_at <= $1
            ORDER BY ${DUE_ORDER} LIMIT $3`,
          [now, tenant, limit, testClock],
        );
  return rows.map(toDueItem);
}

const toDueItem = (row: DueRow): DueItem => ({
  tenant: row.tenant,
  kind: row.kind,
  dueAt: Number(row.due_at),
  customerId: row.customer_id,
  subscriptionId: row.subscription_id,
  incarnation: row.incarnation,
  invoiceId: row.invoice_id === '' ? null : row.invoice_id,
});

interface SubscriptionRow {
  readonly tenant: string;
  readonly customer_id: string;
  readonly external_id: string;
  readonly incarnation: number;
  readonly plan_code: string;
  readonly plan_version: number;
  readonly billing_time: BilledSubscription['billingTime'];
  readonly started_at: string;
  readonly ending_at: string | null;
  readonly terminated_at: string | null;
  readonly next: ScheduledInvoice | null;
  readonly timezone: string | null;
  readonly grace_period_days: number | null;
  readonly test_clock: string | null;
}

const SUBSCRIPTIONS = `
  SELECT s.tenant, s.customer_id, s.external_id, s.incarnation, s.plan_code, s.plan_version, s.billing_time,
         s.started_at, s.ending_at, s.terminated_at, s.next, c.timezone, c.grace_period_days, c.test_clock
    FROM ${SCHEMA}.subscriptions s
    LEFT JOIN ${SCHEMA}.customers c ON c.tenant = s.tenant AND c.customer_id = s.customer_id`;

/** Prepared, since every balance asks for it. */
const SUBSCRIPTIONS_OF_CUSTOMER = {
  name: 'odometer_subscriptions_of_customer',
  text: `${SUBSCRIPTIONS} WHERE s.tenant = $1 AND s.customer_id = $2
      ORDER BY s.started_at, s.external_id, s.incarnation LIMIT $3`,
};

/** All lives of all subscriptions of a customer, ended ones too, in the order of their start. */
export async function billedSubscriptionsOf(
  sql: SqlClient,
  tenant: string,
  customerId: string,
): Promise<BilledSubscription[]> {
  const { rows } = await sql.query<SubscriptionRow>({
    ...SUBSCRIPTIONS_OF_CUSTOMER,
    values: [tenant, customerId, SUBSCRIPTIONS_OF_CUSTOMER_MAX + 1],
  });
  if (rows.length > SUBSCRIPTIONS_OF_CUSTOMER_MAX) {
    throw new RangeError(
      `customer ${customerId} has more than ${SUBSCRIPTIONS_OF_CUSTOMER_MAX} subscriptions`,
    );
  }
  return rows.map(toSubscription);
}

/** One life of a subscription, the latest when no incarnation is named; null when there is none. */
export async function billedSubscription(
  sql: SqlClient,
  tenant: string,
  externalId: string,
  incarnation?: number,
): Promise<BilledSubscription | null> {
  const { rows } = await sql.query<SubscriptionRow>(
    `${SUBSCRIPTIONS} WHERE s.tenant = $1 AND s.external_id = $2
        AND ($3::integer IS NULL OR s.incarnation = $3)
      ORDER BY s.incarnation DESC LIMIT 1`,
    [tenant, externalId, incarnation ?? null],
  );
  const [row] = rows;
  return row === undefined ? null : toSubscription(row);
}

/** A running life whose records are billed as they come, and the time that it is there. */
export interface RunningInAdvance {
  readonly subscription: BilledSubscription;
  readonly now: Instant;
}

/** Those of what a billing run looks at; see DueRequest. */
export async function runningInAdvance(
  sql: SqlClient,
  { now, tenant, testClock }: Omit<DueRequest, 'limit'>,
): Promise<RunningInAdvance[]> {
  const { rows } = await sql.query<SubscriptionRow & { readonly at: string }>(
    `SELECT * FROM (
       SELECT s.*, c.timezone, c.grace_period_days, c.test_clock,
              CASE WHEN c.test_clock IS NULL OR $3::text IS NOT NULL THEN $1::bigint
                   ELSE (SELECT k.now FROM ${SCHEMA}.clocks k WHERE k.tenant = s.tenant AND k.code = c.test_clock) END AS at
         FROM ${SCHEMA}.plans p
         JOIN ${SCHEMA}.subscriptions s
           ON s.tenant = p.tenant AND s.plan_code = p.code AND s.plan_version = p.version
         JOIN ${SCHEMA}.customers c ON c.tenant = s.tenant AND c.customer_id = s.customer_id
        WHERE p.usage_in_advance AND s.next IS NOT NULL
          AND ($2::text IS NULL OR p.tenant = $2) AND ($3::text IS NULL OR c.test_clock = $3)) AS running
      WHERE at IS NOT NULL AND started_at <= at ORDER BY tenant, external_id, incarnation`,
    [now, tenant ?? null, testClock ?? null],
  );
  return rows.map((row) => ({ subscription: toSubscription(row), now: Number(row.at) }));
}

function toSubscription(row: SubscriptionRow): BilledSubscription {
  const isCustomerKnown = row.timezone !== null;
  return {
    tenant: row.tenant,
    customerId: row.customer_id,
    externalId: row.external_id,
    incarnation: row.incarnation,
    planCode: row.plan_code,
    planVersion: row.plan_version,
    billingTime: row.billing_time,
    startedAt: Number(row.started_at),
    endsAt: numberOrNull(row.terminated_at ?? row.ending_at),
    isTerminated: row.terminated_at !== null,
    next: isCustomerKnown ? row.next : null,
    timezone: row.timezone ?? 'UTC',
    gracePeriodDays: row.grace_period_days ?? 0,
    testClock: row.test_clock,
  };
}
