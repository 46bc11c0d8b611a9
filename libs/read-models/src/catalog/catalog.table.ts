import type { Feature, Meter, Plan } from '@odometer/domain';
import { schemaOf } from '@odometer/projections';
import { EntitySchema } from 'typeorm';

export const CATALOG = 'catalog';

/** `meter` and `plan` hold the current version, `…_version` all of them. */
export const catalogTables = (schema: string): string => `
  ${versioned(schema, 'meter')}
  ${versioned(schema, 'plan')}
  CREATE TABLE ${schema}.feature (
    tenant text NOT NULL,
    code text COLLATE "C" NOT NULL,
    definition jsonb NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (tenant, code)
  );
`;

const versioned = (schema: string, table: 'meter' | 'plan'): string => `
  CREATE TABLE ${schema}.${table} (
    tenant text NOT NULL,
    code text COLLATE "C" NOT NULL,
    version int NOT NULL,
    definition jsonb NOT NULL,
    archived boolean NOT NULL,
    PRIMARY KEY (tenant, code)
  );
  CREATE TABLE ${schema}.${table}_version (
    tenant text NOT NULL,
    code text COLLATE "C" NOT NULL,
    version int NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (tenant, code, version)
  );
`;

export interface CurrentRow<Definition> {
  readonly tenant: string;
  readonly code: string;
  readonly definition: Definition;
  readonly archived: boolean;
}

export interface VersionRow<Definition> {
  readonly tenant: string;
  readonly code: string;
  readonly version: number;
  readonly definition: Definition;
}

const currentEntity = <Definition extends object>(tableName: string) =>
  new EntitySchema<CurrentRow<Definition>>({
    name: `catalog_${tableName}`,
    schema: schemaOf(CATALOG),
    tableName,
    columns: {
      tenant: { type: 'text', primary: true },
      code: { type: 'text', primary: true },
      definition: { type: 'jsonb' },
      archived: { type: 'boolean' },
    },
  });

const versionEntity = <Definition extends object>(tableName: string) =>
  new EntitySchema<VersionRow<Definition>>({
    name: `catalog_${tableName}`,
    schema: schemaOf(CATALOG),
    tableName,
    columns: {
      tenant: { type: 'text', primary: true },
      code: { type: 'text', primary: true },
      version: { type: 'int', primary: true },
      definition: { type: 'jsonb' },
    },
  });

export const meterEntity = currentEntity<Meter>('meter');
export const planEntity = currentEntity<Plan>('plan');
export const featureEntity = currentEntity<Feature>('feature');
export const meterVersionEntity = versionEntity<Meter>('meter_version');
export const planVersionEntity = versionEntity<Plan>('plan_version');

export const catalogEntities = [
  meterEntity,
  planEntity,
  featureEntity,
  meterVersionEntity,
  planVersionEntity,
];
