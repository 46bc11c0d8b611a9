import {
  fromIso,
  isOfPeriod,
  type CustomerEvent,
  type InvoiceEvent,
  type PlanEvent,
  type SubscriptionEvent,
  type TestClockEvent,
} from '@odometer/domain';
import { readDomainEvent, type RecordedEvent } from '@odometer/event-store';
import type { Projection, SqlClient } from '@odometer/projections';
import { BILLING_SCHEDULE, createBillingScheduleTables } from './billing-schedule.table.js';
import { nextDueOf, type ScheduleRow } from './schedule-row.js';

type Scheduled = CustomerEvent | PlanEvent | SubscriptionEvent | InvoiceEvent | TestClockEvent;

/** Where an event is applied. */
interface Place {
  readonly sql: SqlClient;
  readonly schema: string;
  readonly tenant: string;
}

interface Life {
  readonly externalId: string;
  readonly incarnation: number;
}

type Fold<Event> = (place: Place, event: Event) => Promise<void>;

/** What each event does to the schedule; those that are not named here do not concern it. */
const folds: { readonly [Type in Scheduled['type']]?: Fold<Extract<Scheduled, { type: Type }>> } = {
  CustomerRegistered: (place, { data }) => saveCustomer(place, data),
  CustomerDetailsChanged: (place, { data }) => saveCustomer(place, data),
  PlanPublished: ({ sql, schema, tenant }, { data }) =>
    run(sql, `INSERT INTO ${schema}.plans VALUES ($1, $2, $3, $4, $5, $6)`, [
      tenant,
      data.code,
      data.version,
      data.interval,
      data.payInAdvance,
      data.charges.some(({ payInAdvance }) => payInAdvance === true),
    ]),
  TestClockCreated: (place, { data }) => saveClock(place, data),
  TestClockAdvanced: (place, { data }) => saveClock(place, data),
  SubscriptionStarted: startSubscription,
  SubscriptionEndScheduled: (place, { data }) =>
    endSubscription(place, data, 'ending_at', data.endingAt),
  SubscriptionTerminated: (place, { data }) =>
    endSubscription(place, data, 'terminated_at', data.terminatedAt),
  InvoiceDrafted: addDraft,
  InvoiceFinalized: ({ sql, schema, tenant }, { data }) =>
    run(
      sql,
      `DELETE FROM ${schema}.due WHERE tenant = $1 AND invoice_id = $2 AND kind = 'finalize'`,
      [tenant, data.invoiceId],
    ),
};

/** When each subscription is billed next and each draft becomes final. */
export const billingScheduleProjection: Projection = {
  name: BILLING_SCHEDULE,
  version: 3,
  shards: 1,
  filter: () => [{ types: Object.keys(folds) }],
  init: createBillingScheduleTables,
  handler: ({ schema }) => ({
    apply: async (sql, events) => {
      for (const event of events)
        await applyOne({ sql, schema, tenant: event.metadata.tenant }, event);
    },
  }),
};

async function applyOne(place: Place, recorded: RecordedEvent): Promise<void> {
  const event = readDomainEvent(recorded) as unknown as Scheduled;
  const fold = folds[event.type] as Fold<Scheduled> | undefined;
  if (fold === undefined) throw new Error(`the billing schedule has no use for ${event.type}`);
  await fold(place, event);
}

const run = async (sql: SqlClient, text: string, values: readonly unknown[]): Promise<void> => {
  await sql.query(text, values);
};

function saveCustomer(
  { sql, schema, tenant }: Place,
  data: Extract<CustomerEvent, { type: 'CustomerRegistered' }>['data'],
): Promise<void> {
  return run(
    sql,
    `INSERT INTO ${schema}.customers VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant, customer_id) DO UPDATE SET
       timezone = EXCLUDED.timezone, grace_period_days = EXCLUDED.grace_period_days`,
    [tenant, data.externalId, data.timezone, data.gracePeriodDays, data.testClock ?? null],
  );
}

function saveClock(
  { sql, schema, tenant }: Place,
  { code, now }: TestClockEvent['data'],
): Promise<void> {
  return run(
    sql,
    `INSERT INTO ${schema}.clocks VALUES ($1, $2, $3)
     ON CONFLICT (tenant, code) DO UPDATE SET now = EXCLUDED.now`,
    [tenant, code, fromIso(now)],
  );
}

async function startSubscription(
  place: Place,
  { data }: Extract<SubscriptionEvent, { type: 'SubscriptionStarted' }>,
): Promise<void> {
  const { sql, schema, tenant } = place;
  await sql.query(
    `INSERT INTO ${schema}.subscriptions
       (tenant, external_id, incarnation, customer_id, plan_code, plan_version, billing_time,
        started_at, ending_at, running_timezone)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
       (SELECT timezone FROM ${schema}.customers WHERE tenant = $1 AND customer_id = $4))`,
    [
      tenant,
      data.externalId,
      data.incarnation,
      data.customerId,
      data.planCode,
      data.planVersion,
      data.billingTime,
      fromIso(data.startedAt),
      data.endingAt === null ? null : fromIso(data.endingAt),
    ],
  );
  await reschedule(place, data);
}

async function endSubscription(
  place: Place,
  life: Life,
  column: 'ending_at' | 'terminated_at',
  at: string | null,
): Promise<void> {
  const { sql, schema, tenant } = place;
  await sql.query(
    `UPDATE ${schema}.subscriptions SET ${column} = $4
      WHERE tenant = $1 AND external_id = $2 AND incarnation = $3`,
    [tenant, life.externalId, life.incarnation, at === null ? null : fromIso(at)],
  );
  await reschedule(place, life);
}

/** The period after the drafted one is in the zone that the customer has by now. */
async function addDraft(
  place: Place,
  { data }: Extract<InvoiceEvent, { type: 'InvoiceDrafted' }>,
): Promise<void> {
  const { sql, schema, tenant } = place;
  const life = { externalId: data.subscriptionId, incarnation: data.incarnation };
  await addFinalization(place, data);
  if (!isOfPeriod(data.occasion)) return;
  await sql.query(
    `UPDATE ${schema}.subscriptions s SET last_occasion = $4, last_period_to = $5,
       running_timezone = CASE WHEN $4 = 'start' THEN s.running_timezone ELSE
         (SELECT timezone FROM ${schema}.customers c WHERE c.tenant = $1 AND c.customer_id = s.customer_id) END
      WHERE tenant = $1 AND external_id = $2 AND incarnation = $3`,
    [tenant, life.externalId, life.incarnation, data.occasion, fromIso(data.period.to)],
  );
  await reschedule(place, life);
}

/** A draft becomes final when its grace period is over. */
async function addFinalization(
  { sql, schema, tenant }: Place,
  data: Extract<InvoiceEvent, { type: 'InvoiceDrafted' }>['data'],
): Promise<void> {
  await sql.query(
    `INSERT INTO ${schema}.due
     SELECT $1, 'finalize', $2, $3, $4, $5,
       (SELECT test_clock FROM ${schema}.customers WHERE tenant = $1 AND customer_id = $5), $6`,
    [
      tenant,
      data.subscriptionId,
      data.incarnation,
      data.invoiceId,
      data.customerId,
      fromIso(data.finalizeAt),
    ],
  );
}

async function reschedule({ sql, schema, tenant }: Place, life: Life): Promise<void> {
  const key = [tenant, life.externalId, life.incarnation];
  const { rows } = await sql.query<ScheduleRow>(
    `SELECT s.*, p.interval, p.pay_in_advance, c.test_clock
       FROM ${schema}.subscriptions s
       LEFT JOIN ${schema}.plans p
         ON p.tenant = s.tenant AND p.code = s.plan_code AND p.version = s.plan_version
       LEFT JOIN ${schema}.customers c ON c.tenant = s.tenant AND c.customer_id = s.customer_id
      WHERE s.tenant = $1 AND s.external_id = $2 AND s.incarnation = $3`,
    key,
  );
  const [row] = rows;
  if (!row)
    throw new Error(`no subscription ${life.externalId} life ${life.incarnation} to schedule`);
  const { next, dueAt } = nextDueOf(row);
  await sql.query(
    `UPDATE ${schema}.subscriptions SET next = $4
      WHERE tenant = $1 AND external_id = $2 AND incarnation = $3`,
    [...key, next === null ? null : JSON.stringify(next)],
  );
  await sql.query(
    `DELETE FROM ${schema}.due
      WHERE tenant = $1 AND kind = 'period' AND subscription_id = $2 AND incarnation = $3`,
    key,
  );
  if (dueAt === null) return;
  await sql.query(`INSERT INTO ${schema}.due VALUES ($1, 'period', $2, $3, '', $4, $5, $6)`, [
    ...key,
    row.customer_id,
    row.test_clock,
    dueAt,
  ]);
}
