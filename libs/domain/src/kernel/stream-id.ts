/** Tenant ids are `[a-z0-9_]{1,40}`, so the first dash after the kind ends the tenant. */
export const TENANT_ID_PATTERN = /^[a-z0-9_]{1,40}$/;

/** `<kind>-<tenant>-<id>`, the id percent-encoded. */
export const streamIdOf = (kind: string, tenant: string, id: string): string =>
  `${kind}-${tenant}-${encodeURIComponent(id)}`;

/** The stream that keeps the usage of a tenant's shard. */
export const usageStreamId = (tenant: string, shard: number): string => `usage-${tenant}-${shard}`;
