import type { SqlClient } from '@odometer/projections';

export const BILLING_SCHEDULE = 'billing_schedule';

/**
 * Instants are epoch milliseconds. `due` has one row per subscription life with an invoice to come and one per draft, so that
 * what is due is one index scan, however many subscriptions there are.
 */
export async function createBillingScheduleTables(sql: SqlClient, schema: string): Promise<void> {
  await sql.query(`
    CREATE TABLE ${schema}.customers (
      tenant text NOT NULL,
      customer_id text NOT NULL,
      timezone text NOT NULL,
      grace_period_days integer NOT NULL,
      test_clock text,
      PRIMARY KEY (tenant, customer_id)
    )`);
  await sql.query(`
    CREATE TABLE ${schema}.plans (
      tenant text NOT NULL,
      code text NOT NULL,
      version integer NOT NULL,
      interval text NOT NULL,
      pay_in_advance boolean NOT NULL,
      -- Whether records of some charge are billed as they come.
      usage_in_advance boolean NOT NULL,
      PRIMARY KEY (tenant, code, version)
    )`);
  await sql.query(`
    CREATE TABLE ${schema}.clocks (
      tenant text NOT NULL,
      code text NOT NULL,
      now bigint NOT NULL,
      PRIMARY KEY (tenant, code)
    )`);
  await sql.query(`
    CREATE TABLE ${schema}.subscriptions (
      tenant text NOT NULL,
      external_id text NOT NULL,
      incarnation integer NOT NULL,
      customer_id text NOT NULL,
      plan_code text NOT NULL,
      plan_version integer NOT NULL,
      billing_time text NOT NULL,
      started_at bigint NOT NULL,
      ending_at bigint,
      terminated_at bigint,
      running_timezone text,
      last_occasion text,
      last_period_to bigint,
      next json,
      PRIMARY KEY (tenant, external_id, incarnation)
    )`);
  await sql.query(
    `CREATE INDEX subscriptions_of_customer ON ${schema}.subscriptions (tenant, customer_id)`,
  );
  await createDueTable(sql, schema);
}

async function createDueTable(sql: SqlClient, schema: string): Promise<void> {
  await sql.query(`
    CREATE TABLE ${schema}.due (
      tenant text NOT NULL,
      kind text NOT NULL,
      subscription_id text NOT NULL,
      incarnation integer NOT NULL,
      invoice_id text NOT NULL,
      customer_id text NOT NULL,
      test_clock text,
      due_at bigint NOT NULL,
      PRIMARY KEY (tenant, kind, subscription_id, incarnation, invoice_id)
    )`);
  await sql.query(`CREATE INDEX due_by_time ON ${schema}.due (due_at) WHERE test_clock IS NULL`);
  await sql.query(
    `CREATE INDEX due_by_clock ON ${schema}.due (tenant, test_clock, due_at) WHERE test_clock IS NOT NULL`,
  );
}
