export const SCOPES = ['ingest', 'read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Stream `tenant-<id>`; keys are kept as SHA-256 hashes only. */
export type TenantEvent =
  | {
      readonly type: 'TenantCreated';
      readonly data: { readonly tenantId: string; readonly name: string };
    }
  | {
      readonly type: 'ApiKeyIssued';
      readonly data: {
        readonly keyId: string;
        readonly name: string;
        readonly hash: string;
        readonly prefix: string;
        readonly scopes: readonly Scope[];
      };
    }
  | { readonly type: 'ApiKeyRevoked'; readonly data: { readonly keyId: string } };
