import type { JsonObject } from '@odometer/domain';
import { schemaOf } from '@odometer/projections';
import { EntitySchema } from 'typeorm';

export const CUSTOMERS = 'customers';

/** Text is compared byte by byte (collation C), so that lists and prefixes are served by the primary key. */
export const customersTables = (schema: string): string => `
  CREATE TABLE ${schema}.customer (
    tenant text NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    currency text,
    timezone text NOT NULL,
    metadata jsonb NOT NULL,
    grace_period_days int NOT NULL,
    test_clock text,
    personal text,
    archived boolean NOT NULL,
    erased boolean NOT NULL,
    PRIMARY KEY (tenant, external_id)
  );
  CREATE INDEX ON ${schema}.customer (tenant, test_clock, external_id) WHERE test_clock IS NOT NULL;
`;

export interface CustomerRow {
  readonly tenant: string;
  readonly externalId: string;
  readonly currency: string | null;
  readonly timezone: string;
  readonly metadata: JsonObject;
  readonly gracePeriodDays: number;
  readonly testClock: string | null;
  readonly personal: string | null;
  readonly archived: boolean;
  readonly erased: boolean;
}

export const customerEntity = new EntitySchema<CustomerRow>({
  name: 'customer',
  schema: schemaOf(CUSTOMERS),
  tableName: 'customer',
  columns: {
    tenant: { type: 'text', primary: true },
    externalId: { name: 'external_id', type: 'text', primary: true },
    currency: { type: 'text', nullable: true },
    timezone: { type: 'text' },
    metadata: { type: 'jsonb' },
    gracePeriodDays: { name: 'grace_period_days', type: 'int' },
    testClock: { name: 'test_clock', type: 'text', nullable: true },
    personal: { type: 'text', nullable: true },
    archived: { type: 'boolean' },
    erased: { type: 'boolean' },
  },
});

export const customerEntities = [customerEntity];
