import type { Scope } from '@odometer/domain';
import { schemaOf } from '@odometer/projections';
import { EntitySchema } from 'typeorm';

export const ACCESS = 'access';

export const accessTables = (schema: string): string => `
  CREATE TABLE ${schema}.tenant (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
  );
  CREATE TABLE ${schema}.api_key (
    tenant text NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    hash text COLLATE "C" NOT NULL UNIQUE,
    prefix text NOT NULL,
    scopes text[] NOT NULL,
    -- Position of the event: the order in which keys were issued.
    issued_position bigint NOT NULL,
    issued_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant, key_id)
  );
  CREATE INDEX ON ${schema}.api_key (tenant, issued_position);
`;

export interface TenantRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

export interface ApiKeyRow {
  readonly tenant: string;
  readonly keyId: string;
  readonly name: string;
  readonly hash: string;
  readonly prefix: string;
  readonly scopes: Scope[];
  /** bigint arrives as text. */
  readonly issuedPosition: string;
  readonly issuedAt: Date;
  readonly revokedAt: Date | null;
}

export const tenantEntity = new EntitySchema<TenantRow>({
  name: 'tenant',
  schema: schemaOf(ACCESS),
  tableName: 'tenant',
  columns: {
    id: { type: 'text', primary: true },
    name: { type: 'text' },
    createdAt: { name: 'created_at', type: 'timestamptz' },
  },
});

export const apiKeyEntity = new EntitySchema<ApiKeyRow>({
  name: 'api_key',
  schema: schemaOf(ACCESS),
  tableName: 'api_key',
  columns: {
    tenant: { type: 'text', primary: true },
    keyId: { name: 'key_id', type: 'text', primary: true },
    name: { type: 'text' },
    hash: { type: 'text', unique: true },
    prefix: { type: 'text' },
    scopes: { type: 'text', array: true },
    issuedPosition: { name: 'issued_position', type: 'bigint' },
    issuedAt: { name: 'issued_at', type: 'timestamptz' },
    revokedAt: { name: 'revoked_at', type: 'timestamptz', nullable: true },
  },
});

export const accessEntities = [tenantEntity, apiKeyEntity];
