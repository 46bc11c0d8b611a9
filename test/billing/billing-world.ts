import { randomUUID } from 'node:crypto';
import {
  createBiller,
  createUsageReports,
  catalogFromLog,
  type Biller,
  type BillerPorts,
  type UsageReports,
} from '@odometer/billing';
import {
  shardOf,
  streamIdOf,
  subjectOf,
  toIso,
  usageStreamId,
  type CorrectionEvent,
  type Meter,
  type Plan,
  type SubscriptionTerms,
  type UsageRecord,
} from '@odometer/domain';
import { encodeSegment, type EventStore, type NewEvent } from '@odometer/event-store';
import {
  createPostgresEventStore,
  eventStoreMigrations,
  migrate,
} from '@odometer/event-store/postgres';
import {
  createProjectionEngine,
  projectionMigrations,
  type ProjectionEngine,
} from '@odometer/projections';
import {
  billingQueries,
  billingScheduleProjection,
  createUsageQueries,
  type ReadCut,
  feesProjection,
  listFees,
  type FeeView,
  invoicesProjection,
  listInvoices,
  usageProjection,
  type InvoiceView,
} from '@odometer/read-models';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';

const USAGE_SHARDS = 2;

export const at = (iso: string): number => {
  const instant = Date.parse(iso);
  if (Number.isNaN(instant)) throw new Error(`not an instant: ${iso}`);
  return instant;
};

/** A meter that counts, and a plan with nothing but a monthly fee. */
export const calls: Meter = {
  code: 'calls',
  version: 1,
  eventCode: 'calls',
  aggregation: { type: 'count' },
  filters: {},
  groupBy: ['to'],
};

export const planOf = (changes: Partial<Plan> = {}): Plan => ({
  code: 'basic',
  version: 1,
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: 1_000,
  payInAdvance: false,
  charges: [],
  entitlements: [],
  ...changes,
});

export const perCall = (amount: string): Plan['charges'][number] => ({
  meterCode: 'calls',
  model: 'standard',
  properties: { amount },
});

/** A whole billing backend on a real PostgreSQL: log, projections, biller. Each tenant is a world of its own. */
export interface BillingWorld {
  readonly database: TestDatabase;
  readonly store: EventStore;
  readonly ports: BillerPorts;
  readonly biller: Biller;
  readonly reports: UsageReports;
  tenant(): Tenant;
  /** Bills what is due for a tenant by an instant, in ISO 8601. Throws where something could not be billed. */
  bill(tenant: Tenant, now: string): Promise<void>;
  /** Waits until the read models have seen all that is in the log. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Tenant {
  readonly id: string;
  publish(plan: Plan): Promise<void>;
  define(meter: Meter): Promise<void>;
  register(customer: CustomerOf): Promise<void>;
  change(customer: CustomerOf): Promise<void>;
  subscribe(terms: Partial<SubscriptionTerms> & { startedAt: string }): Promise<void>;
  terminate(externalId: string, terminatedAt: string): Promise<void>;
  clock(type: 'TestClockCreated' | 'TestClockAdvanced', code: string, now: string): Promise<void>;
  set(settings: object): Promise<void>;
  use(records: readonly Partial<UsageRecord>[]): Promise<void>;
  /** Stands behind the record that it is about. */
  correct(correction: CorrectionEvent): Promise<void>;
  /** Says that a fee was paid. */
  settle(fee: FeeView): Promise<void>;
  /** Newest first. */
  fees(): Promise<readonly FeeView[]>;
  /** Newest first. */
  invoices(): Promise<readonly InvoiceView[]>;
}

interface CustomerOf {
  readonly id: string;
  readonly timezone?: string;
  readonly gracePeriodDays?: number;
  readonly testClock?: string;
}

export async function openBillingWorld(): Promise<BillingWorld> {
  const database = await createTestDatabase();
  await migrate(database.url, [...eventStoreMigrations, ...projectionMigrations]);
  const { pool } = database;
  const store = createPostgresEventStore({ pool, connectionString: database.url });
  const engine = createProjectionEngine({
    pool,
    store,
    owner: randomUUID(),
    now: () => performance.now(),
    projections: [
      billingScheduleProjection,
      feesProjection,
      invoicesProjection,
      usageProjection({ shards: USAGE_SHARDS, log: store }),
    ],
    onFault: ({ error }) => process.stderr.write(`${String(error.stack)}\n`),
  });
  await engine.start();
  const ports = portsOf(database, store, engine);
  const biller = createBiller(ports);
  return {
    database,
    store,
    ports,
    biller,
    bill: async (tenant, now) => {
      const { faults } = await biller.billDue({ now: at(now), tenant: tenant.id });
      if (faults.length > 0) throw new Error(faults.map(({ error }) => String(error)).join('; '));
    },
    reports: createUsageReports(ports),
    tenant: () => tenantOf(`t_${randomUUID().slice(0, 8)}`, database, store, ports),
    settle: () => settled(ports),
    close: async () => {
      await engine.stop();
      await store.close();
      await database.drop();
    },
  };
}

function portsOf({ pool }: TestDatabase, store: EventStore, engine: ProjectionEngine): BillerPorts {
  const readCut: ReadCut = async (sql) => {
    const { rows } = await sql.query<{ position: string }>(
      `SELECT position FROM odometer.projection_shards WHERE name = 'usage' AND target = 'live' ORDER BY shard`,
    );
    const cut = rows.map(({ position }) => Number(position));
    return { position: Math.min(...cut), cut };
  };
  const { readUsage, readMeteredEvents, usageSubjects } = createUsageQueries({
    pool,
    log: store,
    readCut,
  });
  return {
    ...billingQueries(pool),
    store,
    readUsage,
    readMeteredEvents,
    usageSubjects,
    catalog: catalogFromLog(store),
    waitForReadModels: (position) => engine.waitFor('all', position, 20_000),
    now: () => Date.now(),
  };
}

async function settled({ store, waitForReadModels }: BillerPorts): Promise<void> {
  if (!(await waitForReadModels(await store.head()))) throw new Error('the read models are behind');
}

function tenantOf(
  tenant: string,
  database: TestDatabase,
  store: EventStore,
  ports: BillerPorts,
): Tenant {
  const append = async (streamId: string, type: string, data: NewEvent['data']): Promise<void> => {
    const event = {
      eventId: randomUUID(),
      type,
      schemaVersion: 1,
      data,
      metadata: { tenant, recordedAt: '2026-01-01T00:00:00.000Z' },
    };
    await store.append(streamId, [event], { expectedRevision: 'any' });
  };
  const put = (kind: string, id: string, type: string, data: object): Promise<void> =>
    append(streamIdOf(kind, tenant, id), type, data as NewEvent['data']);
  const customer = (type: string, { id, ...details }: CustomerOf): Promise<void> =>
    put('customer', id, type, {
      externalId: id,
      timezone: 'UTC',
      gracePeriodDays: 0,
      metadata: {},
      personal: null,
      ...details,
    });
  let recorded = 0;
  return {
    id: tenant,
    publish: (plan) => put('plan', plan.code, 'PlanPublished', plan),
    define: (meter) =>
      put('meter', meter.code, meter.version === 1 ? 'MeterDefined' : 'MeterRevised', meter),
    register: (details) => customer('CustomerRegistered', details),
    change: (details) => customer('CustomerDetailsChanged', details),
    subscribe: ({ startedAt, ...terms }) =>
      put('subscription', terms.externalId ?? 'sub', 'SubscriptionStarted', {
        externalId: 'sub',
        incarnation: 1,
        customerId: 'acme',
        planCode: 'basic',
        planVersion: 1,
        billingTime: 'calendar',
        endingAt: null,
        startedAt: toIso(at(startedAt)),
        ...terms,
      }),
    terminate: (externalId, terminatedAt) =>
      put('subscription', externalId, 'SubscriptionTerminated', {
        externalId,
        incarnation: 1,
        terminatedAt: toIso(at(terminatedAt)),
      }),
    clock: (type, code, now) => put('clock', code, type, { code, now: toIso(at(now)) }),
    set: (settings) =>
      append(`settings-${tenant}`, 'TenantSettingsChanged', settings as NewEvent['data']),
    use: async (records) => {
      for (const some of records) {
        recorded += 1;
        const record = {
          transactionId: `r${recorded}`,
          code: 'calls',
          customerId: 'acme',
          timestamp: 0,
          ...some,
        };
        const shard = shardOf(subjectOf(record), USAGE_SHARDS);
        const data = await encodeSegment({ records: [record] });
        await append(usageStreamId(tenant, shard), 'UsageRecorded', data);
      }
    },
    correct: ({ type, data }) =>
      append(
        usageStreamId(tenant, shardOf(subjectOf(data), USAGE_SHARDS)),
        type,
        data as unknown as NewEvent['data'],
      ),
    settle: ({ bookId, feeId }) =>
      put('fees', bookId, 'FeeSettled', { feeId, paymentStatus: 'succeeded' }),
    fees: async () => {
      await settled(ports);
      return (await listFees(database.pool, tenant, { limit: 1_000 })).data;
    },
    invoices: async () => {
      await settled(ports);
      return (await listInvoices(database.pool, tenant, { limit: 1_000 })).data;
    },
  };
}
