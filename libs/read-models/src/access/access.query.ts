import { toIso, type Scope } from '@odometer/domain';
import { schemaOf } from '@odometer/projections';
import type { DataSource } from 'typeorm';
import { decodeCursor, limitOf, pageOf, type Page, type PageRequest } from '../cursor.js';
import { ACCESS, apiKeyEntity, tenantEntity, type ApiKeyRow } from './access.table.js';

/** What a key opens. */
export interface KeyAccess {
  readonly tenant: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
  readonly revoked: boolean;
}

export interface ApiKeyView {
  readonly keyId: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** ISO 8601. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

export interface TenantView {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
}

/** The key with this SHA-256 (hex), also a revoked one; null when there is none. Once per request: one probe of one index. */
export async function findKeyByHash(source: DataSource, hash: string): Promise<KeyAccess | null> {
  const rows = await source.query<KeyAccess[]>(
    `SELECT tenant, key_id AS "keyId", scopes, revoked_at IS NOT NULL AS revoked
       FROM ${schemaOf(ACCESS)}.api_key WHERE hash = $1`,
    [hash],
  );
  return rows[0] ?? null;
}

/** Keys of a tenant, newest first, with the revoked ones. */
export async function listApiKeys(
  source: DataSource,
  tenant: string,
  request: PageRequest = {},
): Promise<Page<ApiKeyView>> {
  const limit = limitOf(request);
  const query = source
    .getRepository(apiKeyEntity)
    .createQueryBuilder('k')
    .where('k.tenant = :tenant', { tenant });
  if (request.cursor !== undefined) {
    const [before] = decodeCursor(request.cursor, ['number'] as const);
    query.andWhere('k.issuedPosition < :before', { before });
  }
  const rows = await query
    .orderBy('k.issuedPosition', 'DESC')
    .limit(limit + 1)
    .getMany();
  const keys = ({ issuedPosition }: ApiKeyRow): number[] => [Number(issuedPosition)];
  return pageOf(rows, limit, { item: viewOf, keys });
}

export async function findTenant(source: DataSource, tenant: string): Promise<TenantView | null> {
  const row = await source.getRepository(tenantEntity).findOneBy({ id: tenant });
  return row && { id: row.id, name: row.name, createdAt: toIso(row.createdAt.getTime()) };
}

const viewOf = (row: ApiKeyRow): ApiKeyView => ({
  keyId: row.keyId,
  name: row.name,
  prefix: row.prefix,
  scopes: row.scopes,
  createdAt: toIso(row.issuedAt.getTime()),
  revokedAt: row.revokedAt && toIso(row.revokedAt.getTime()),
});
