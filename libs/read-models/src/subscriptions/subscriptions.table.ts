import type { SubscriptionTerms } from '@odometer/domain';
import { schemaOf } from '@odometer/projections';
import { EntitySchema } from 'typeorm';

export const SUBSCRIPTIONS = 'subscriptions';

/**
 * One row for each life of a subscription. `customer` and `clock` are what status needs to know of time: which test
 * clock a customer lives on, and how late it is there. They are folded here because a read model asks no other one.
 */
export const subscriptionsTables = (schema: string): string => `
  CREATE TABLE ${schema}.subscription (
    tenant text NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    incarnation int NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    plan_code text COLLATE "C" NOT NULL,
    plan_version int NOT NULL,
    billing_time text NOT NULL,
    started_at timestamptz NOT NULL,
    -- The end of the terms it was started with; ending_at is where that has moved to.
    agreed_end timestamptz,
    ending_at timestamptz,
    terminated_at timestamptz,
    latest boolean NOT NULL,
    PRIMARY KEY (tenant, external_id, incarnation)
  );
  CREATE UNIQUE INDEX ON ${schema}.subscription (tenant, external_id) WHERE latest;
  CREATE INDEX ON ${schema}.subscription (tenant, customer_id, external_id, incarnation);
  CREATE INDEX ON ${schema}.subscription (tenant, plan_code, external_id, incarnation);
  CREATE TABLE ${schema}.customer (
    tenant text NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    clock text NOT NULL,
    PRIMARY KEY (tenant, customer_id)
  );
  CREATE TABLE ${schema}.clock (
    tenant text NOT NULL,
    code text COLLATE "C" NOT NULL,
    now timestamptz NOT NULL,
    PRIMARY KEY (tenant, code)
  );
`;

export interface SubscriptionRow {
  readonly tenant: string;
  readonly externalId: string;
  readonly incarnation: number;
  readonly customerId: string;
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingTime: SubscriptionTerms['billingTime'];
  readonly startedAt: Date;
  readonly agreedEnd: Date | null;
  readonly endingAt: Date | null;
  readonly terminatedAt: Date | null;
  readonly latest: boolean;
}

export const subscriptionEntity = new EntitySchema<SubscriptionRow>({
  name: 'subscription',
  schema: schemaOf(SUBSCRIPTIONS),
  tableName: 'subscription',
  columns: {
    tenant: { type: 'text', primary: true },
    externalId: { name: 'external_id', type: 'text', primary: true },
    incarnation: { type: 'int', primary: true },
    customerId: { name: 'customer_id', type: 'text' },
    planCode: { name: 'plan_code', type: 'text' },
    planVersion: { name: 'plan_version', type: 'int' },
    billingTime: { name: 'billing_time', type: 'text' },
    startedAt: { name: 'started_at', type: 'timestamptz' },
    agreedEnd: { name: 'agreed_end', type: 'timestamptz', nullable: true },
    endingAt: { name: 'ending_at', type: 'timestamptz', nullable: true },
    terminatedAt: { name: 'terminated_at', type: 'timestamptz', nullable: true },
    latest: { type: 'boolean' },
  },
});

export const subscriptionEntities = [subscriptionEntity];
