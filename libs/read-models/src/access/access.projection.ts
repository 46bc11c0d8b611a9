import type { TenantEvent } from '@odometer/domain';
import { changeExisting, foldedProjection } from '../fold-events.js';
import { ACCESS, accessTables } from './access.table.js';

/** Tenants, and their API keys by hash. */
export const accessProjection = foldedProjection<TenantEvent>({
  name: ACCESS,
  version: 1,
  tables: accessTables,
  folds: {
    TenantCreated: ({ tenantId, name }, { sql, schema, recordedAt }) =>
      sql.query({
        name: 'tenant_created',
        text: `INSERT INTO ${schema}.tenant (id, name, created_at) VALUES ($1, $2, $3)`,
        values: [tenantId, name, recordedAt],
      }),
    ApiKeyIssued: (key, { sql, schema, tenant, recordedAt, position }) =>
      sql.query({
        name: 'api_key_issued',
        text: `INSERT INTO ${schema}.api_key
                 (tenant, key_id, name, hash, prefix, scopes, issued_position, issued_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        values: [
          tenant,
          key.keyId,
          key.name,
          key.hash,
          key.prefix,
          [...key.scopes],
          position,
          recordedAt,
        ],
      }),
    ApiKeyRevoked: ({ keyId }, context) =>
      changeExisting(context, {
        name: 'api_key_revoked',
        text: `UPDATE ${context.schema}.api_key SET revoked_at = $3 WHERE tenant = $1 AND key_id = $2`,
        values: [context.tenant, keyId, context.recordedAt],
      }),
  },
});
