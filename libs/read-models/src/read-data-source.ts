import { DataSource, type EntitySchema } from 'typeorm';
import { accessEntities } from './access/access.table.js';
import { catalogEntities } from './catalog/catalog.table.js';
import { clockEntities } from './clocks/clocks.table.js';
import { customerEntities } from './customers/customers.table.js';
import { subscriptionEntities } from './subscriptions/subscriptions.table.js';

/** Connections for control-plane queries, unless the caller says otherwise. */
export const READ_CONNECTIONS_DEFAULT = 8;

const entities: EntitySchema<object>[] = [
  ...accessEntities,
  ...catalogEntities,
  ...clockEntities,
  ...customerEntities,
  ...subscriptionEntities,
];

/** The connection that queries of the control plane read through. The tables are the projections' own: it creates and changes nothing. */
export async function createReadDataSource(
  databaseUrl: string,
  options: {
    readonly connections?: number;
    /** How long an answer may take before its connection counts as dead; without it, for ever. */
    readonly timeoutMs?: number;
  } = {},
): Promise<DataSource> {
  const source = new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities,
    synchronize: false,
    migrationsRun: false,
    poolSize: options.connections ?? READ_CONNECTIONS_DEFAULT,
    applicationName: 'odometer-read',
    extra: {
      keepAlive: true,
      ...(options.timeoutMs === undefined
        ? {}
        : { connectionTimeoutMillis: options.timeoutMs, query_timeout: options.timeoutMs }),
    },
    // Needs no extension: nothing here makes ids in the database.
    installExtensions: false,
  });
  return source.initialize();
}
