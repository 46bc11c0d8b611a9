export const FEES = 'fees';

/** `number` orders the lists: fees of one event have the same position. */
export const feesTables = (schema: string): string => `
  CREATE TABLE ${schema}.fee (
    tenant text NOT NULL,
    fee_id text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    book_id text NOT NULL,
    customer_id text NOT NULL,
    subscription_id text NOT NULL,
    incarnation integer NOT NULL,
    plan_code text NOT NULL,
    plan_version integer NOT NULL,
    currency text NOT NULL,
    period_from timestamptz NOT NULL,
    period_to timestamptz NOT NULL,
    charged_at timestamptz NOT NULL,
    payment_status text NOT NULL,
    invoice_id text,
    definition json NOT NULL,
    PRIMARY KEY (tenant, fee_id)
  );
  CREATE INDEX fees_by_number ON ${schema}.fee (tenant, number);
  CREATE INDEX fees_of_customer ON ${schema}.fee (tenant, customer_id, number);
  CREATE INDEX fees_of_subscription ON ${schema}.fee (tenant, subscription_id, number);
`;
