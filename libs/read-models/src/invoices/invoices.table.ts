import type { SqlClient } from '@odometer/projections';

export const INVOICES = 'invoices';

/** `lines` and `counted` are kept as the text that the events carry, byte by byte. `created_position` orders the lists. */
export async function createInvoicesTable(sql: SqlClient, schema: string): Promise<void> {
  await sql.query(`
    CREATE TABLE ${schema}.invoices (
      tenant text NOT NULL,
      invoice_id text NOT NULL,
      number text,
      status text NOT NULL,
      customer_id text NOT NULL,
      subscription_id text NOT NULL,
      incarnation integer NOT NULL,
      occasion text NOT NULL,
      plan_code text NOT NULL,
      plan_version integer NOT NULL,
      currency text NOT NULL,
      timezone text NOT NULL,
      period_from timestamptz NOT NULL,
      period_to timestamptz NOT NULL,
      finalize_at timestamptz NOT NULL,
      issued_at timestamptz,
      voided_at timestamptz,
      void_reason text,
      subtotal bigint NOT NULL,
      total bigint NOT NULL,
      lines json NOT NULL,
      counted json NOT NULL,
      usage_position bigint,
      created_position bigint NOT NULL,
      PRIMARY KEY (tenant, invoice_id)
    )`);
  for (const [name, columns] of INDEXES) {
    await sql.query(`CREATE INDEX ${name} ON ${schema}.invoices (${columns})`);
  }
  await sql.query(
    `CREATE UNIQUE INDEX invoices_by_number ON ${schema}.invoices (tenant, number) WHERE number IS NOT NULL`,
  );
}

const INDEXES = [
  ['invoices_by_time', 'tenant, created_position'],
  ['invoices_of_customer', 'tenant, customer_id, created_position'],
  ['invoices_of_subscription', 'tenant, subscription_id, created_position'],
  ['invoices_by_status', 'tenant, status, created_position'],
] as const;
