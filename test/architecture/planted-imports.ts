/** A small workspace that breaks each import rule once, beside imports that break none. */

/** Who imports what, and the rule it breaks; a rule of null is an import that is fine. */
export interface PlantedImport {
  readonly rule: string | null;
  readonly from: string;
  readonly to: string;
}

const breaks = (rule: string, from: string, to: string): PlantedImport => ({ rule, from, to });
const fine = (from: string, to: string): PlantedImport => ({ rule: null, from, to });

export const PLANTED: readonly PlantedImport[] = [
  breaks('domain-builds-on-what-is-listed', 'libs/domain/src/a.ts', '@odometer/ingest'),
  breaks('contracts-builds-on-what-is-listed', 'libs/contracts/src/a.ts', '@odometer/event-store'),
  breaks('event-store-builds-on-what-is-listed', 'libs/event-store/src/a.ts', '@odometer/ingest'),
  breaks('projections-builds-on-what-is-listed', 'libs/projections/src/a.ts', '@odometer/ingest'),
  breaks('read-models-builds-on-what-is-listed', 'libs/read-models/src/a.ts', '@odometer/billing'),
  breaks('ingest-builds-on-what-is-listed', 'libs/ingest/src/a.ts', '@odometer/projections'),
  breaks('billing-builds-on-what-is-listed', 'libs/billing/src/a.ts', '@odometer/read-models'),
  breaks('testing-builds-on-what-is-listed', 'libs/testing/src/a.ts', '../../../apps/cli/src/b.js'),
  breaks(
    'slices-stand-alone-in-aggregations',
    'libs/domain/src/metering/aggregations/sum/sum.ts',
    '../max/max.js',
  ),
  breaks(
    'slices-stand-alone-in-adjustments',
    'libs/domain/src/pricing/adjustments/minimum/minimum.ts',
    '../maximum/maximum.js',
  ),
  breaks(
    'slices-stand-alone-in-charge-models',
    'libs/domain/src/pricing/charge-models/volume/volume.ts',
    '../package/package.js',
  ),
  breaks(
    'slices-stand-alone-in-read-models',
    'libs/read-models/src/usage/a.ts',
    '../invoices/b.js',
  ),
  breaks('postgres-driver-at-the-edge', 'libs/billing/src/b.ts', 'pg'),
  breaks('postgres-driver-at-the-edge', 'libs/event-store/src/b.ts', 'typeorm'),
  breaks('eventstoredb-driver-at-the-edge', 'libs/projections/src/b.ts', '@eventstore/db-client'),
  breaks('kafka-driver-at-the-edge', 'libs/ingest/src/b.ts', 'kafkajs'),
  breaks('domain-is-pure', 'libs/domain/src/b.ts', 'node:crypto'),
  breaks('domain-is-pure', 'libs/domain/src/c.ts', 'lodash'),
  breaks('nest-in-apps-only', 'libs/ingest/src/c.ts', '@nestjs/common'),
  breaks('nest-in-apps-only', 'libs/read-models/src/c.ts', 'rxjs'),
  breaks('nest-in-apps-only', 'libs/billing/src/c.ts', 'reflect-metadata'),
  breaks('apps-choose-the-store', 'libs/billing/src/d.ts', '@odometer/event-store/postgres'),
  breaks('apps-choose-the-store', 'libs/event-store/src/d.ts', './in-memory/index.js'),
  breaks(
    'store-adapters-stand-alone',
    'libs/event-store/src/in-memory/a.ts',
    '../postgres/index.js',
  ),
  breaks(
    'libraries-are-entered-by-their-root',
    'libs/ingest/src/e.ts',
    '../../domain/src/metering/aggregations/max/max.js',
  ),
  breaks('apps-stand-alone', 'apps/server/src/a.ts', '../../cli/src/b.js'),
  breaks('dashboard-sees-only-the-client', 'apps/dashboard/src/a.ts', '@odometer/domain'),
  breaks('client-stands-alone', 'libs/contracts/src/client/index.ts', '@odometer/domain'),
  breaks('test-code-stays-in-tests', 'apps/server/src/b.ts', '@odometer/testing'),
  breaks('test-code-stays-in-tests', 'libs/ingest/src/f.ts', './given.fixture.js'),
  breaks('test-code-stays-in-tests', 'apps/server/src/c.ts', '@odometer/event-store/conformance'),
  breaks('no-development-dependency-in-production', 'apps/server/src/d.ts', 'fast-check'),
  breaks('no-unresolvable-import', 'apps/cli/src/c.ts', './not-there.js'),
  breaks('no-circular-import', 'apps/cli/src/d.ts', './d.js'),

  fine('libs/domain/src/fine.ts', 'big.js'),
  fine('libs/domain/src/a.spec.ts', '@odometer/testing'),
  fine('libs/event-store/src/postgres/fine.ts', 'pg'),
  fine('libs/event-store/src/eventstoredb/fine.ts', '@eventstore/db-client'),
  fine('libs/ingest/src/kafka/fine.ts', 'kafkajs'),
  fine('libs/ingest/src/fine.ts', '@odometer/domain'),
  fine('libs/ingest/src/a.spec.ts', '@odometer/event-store/in-memory'),
  fine('libs/read-models/src/usage/fine.ts', '../b.js'),
  fine('libs/read-models/src/fine.ts', 'typeorm'),
  fine('libs/testing/src/fine.ts', '@odometer/billing'),
  fine('apps/server/src/fine.ts', '@odometer/event-store/postgres'),
  fine('apps/server/src/fine-too.ts', '@nestjs/common'),
  fine('apps/dashboard/src/fine.ts', '../../../libs/contracts/src/client/index.js'),
];

/** Files that the planted imports lead to, and import nothing themselves. */
export const TARGETS: readonly string[] = [
  ...['domain', 'event-store', 'ingest', 'projections', 'read-models', 'billing', 'testing'].map(
    (library) => `libs/${library}/src/index.ts`,
  ),
  ...['postgres', 'in-memory', 'conformance'].map(
    (folder) => `libs/event-store/src/${folder}/index.ts`,
  ),
  'libs/domain/src/metering/aggregations/max/max.ts',
  'libs/domain/src/pricing/adjustments/maximum/maximum.ts',
  'libs/domain/src/pricing/charge-models/package/package.ts',
  'libs/read-models/src/b.ts',
  'libs/read-models/src/invoices/b.ts',
  'libs/ingest/src/given.fixture.ts',
  'apps/cli/src/b.ts',
];

/** Packages of the planted workspace; those for development only are told apart by its package.json. */
export const PACKAGES = [
  ...['big.js', 'pg', 'typeorm', 'kafkajs', '@eventstore/db-client', 'lodash'],
  ...['@nestjs/common', 'rxjs', 'reflect-metadata'],
];
export const DEVELOPMENT_PACKAGES = ['fast-check'];
