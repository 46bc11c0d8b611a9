import { checkName, refuseInvalid } from '../kernel/field-check.js';
import type { Decider } from '../kernel/decider.js';
import { RuleBroken, type FieldError } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import { TENANT_ID_PATTERN } from '../kernel/stream-id.js';
import { SCOPES, type Scope, type TenantEvent } from './access-events.js';

/** A new key. The id is the caller's; the secret never comes here, only its SHA-256 (64 hex digits) and a prefix to show. */
export interface IssueApiKey {
  readonly type: 'IssueApiKey';
  readonly keyId: string;
  readonly name: string;
  readonly hash: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
}

export type TenantCommand =
  | { readonly type: 'CreateTenant'; readonly tenantId: string; readonly name: string }
  | IssueApiKey
  | { readonly type: 'RevokeApiKey'; readonly keyId: string };

export type TenantState =
  | { readonly status: 'none' }
  | {
      readonly status: 'created';
      readonly name: string;
      readonly keys: ReadonlyMap<string, ApiKey>;
    };

type CreatedTenant = Exclude<TenantState, { status: 'none' }>;

interface ApiKey {
  readonly issued: KeyIssued;
  readonly revoked: boolean;
}

type KeyIssued = Extract<TenantEvent, { type: 'ApiKeyIssued' }>['data'];

/** Most keys of a tenant that are valid at the same time. */
export const API_KEYS_MAX = 1_000;

const SHA256_HEX = /^[0-9a-f]{64}$/;

export const tenantDecider: Decider<TenantState, TenantCommand, TenantEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'CreateTenant':
        return create(command.tenantId, command.name, state);
      case 'IssueApiKey':
        return issue(command, mustExist(state));
      case 'RevokeApiKey':
        return revoke(command.keyId, mustExist(state));
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'TenantCreated':
        return { status: 'created', name: event.data.name, keys: new Map() };
      case 'ApiKeyIssued':
        return withKey(state, event.data.keyId, { issued: event.data, revoked: false });
      case 'ApiKeyRevoked': {
        const { keyId } = event.data;
        const key = (state as CreatedTenant).keys.get(keyId) as ApiKey;
        return withKey(state, keyId, { ...key, revoked: true });
      }
    }
  },
};

function create(tenantId: string, name: string, state: TenantState): TenantEvent[] {
  refuseInvalid('The tenant', [...checkTenantId(tenantId), ...checkName(name, '/name')]);
  if (state.status === 'none') return [{ type: 'TenantCreated', data: { tenantId, name } }];
  if (state.name === name) return [];
  throw new RuleBroken('tenant_exists', `Tenant ${tenantId} already exists.`, 'conflict');
}

function issue(command: IssueApiKey, tenant: CreatedTenant): TenantEvent[] {
  const { keyId, name, hash, prefix, scopes } = command;
  const data: KeyIssued = { keyId, name, hash, prefix, scopes };
  refuseInvalid('The API key', [
    ...checkName(data.name, '/name'),
    ...checkScopes(data.scopes),
    ...checkHash(data.hash),
  ]);
  const known = tenant.keys.get(data.keyId);
  if (known !== undefined) {
    if (sameValue(known.issued, data)) return [];
    throw new RuleBroken('api_key_exists', `API key ${data.keyId} already exists.`, 'conflict');
  }
  if (validKeys(tenant).length >= API_KEYS_MAX) {
    const message = `A tenant has at most ${API_KEYS_MAX} valid API keys; revoke one first.`;
    throw new RuleBroken('too_many_api_keys', message, 'conflict');
  }
  return [{ type: 'ApiKeyIssued', data }];
}

function revoke(keyId: string, tenant: CreatedTenant): TenantEvent[] {
  const key = tenant.keys.get(keyId);
  if (key === undefined) {
    throw new RuleBroken('api_key_not_found', `No API key ${keyId}.`, 'not_found');
  }
  if (key.revoked) return [];
  const isAdmin = ({ scopes }: KeyIssued): boolean => scopes.includes('admin');
  const admins = validKeys(tenant).filter(isAdmin);
  // Without an admin key nobody could ever issue another one.
  if (isAdmin(key.issued) && admins.length === 1) {
    const message = 'The last admin key cannot be revoked; issue another one first.';
    throw new RuleBroken('last_admin_key', message, 'conflict');
  }
  return [{ type: 'ApiKeyRevoked', data: { keyId } }];
}

function checkTenantId(tenantId: string): FieldError[] {
  if (TENANT_ID_PATTERN.test(tenantId)) return [];
  const detail = 'Must be 1 to 40 small letters, digits or "_".';
  return [{ pointer: '/tenant_id', code: 'invalid_tenant_id', detail }];
}

function checkScopes(scopes: readonly Scope[]): FieldError[] {
  const errors: FieldError[] = [];
  if (scopes.length === 0) {
    errors.push({ pointer: '/scopes', code: 'required', detail: 'Must name a scope.' });
  }
  scopes.forEach((scope, index) => {
    const pointer = `/scopes/${index}`;
    if (!SCOPES.includes(scope)) {
      const detail = `Must be one of ${SCOPES.join(', ')}.`;
      errors.push({ pointer, code: 'unknown_scope', detail });
    } else if (scopes.indexOf(scope) !== index) {
      errors.push({ pointer, code: 'duplicate', detail: `Names ${scope} again.` });
    }
  });
  return errors;
}

function checkHash(hash: string): FieldError[] {
  if (SHA256_HEX.test(hash)) return [];
  return [{ pointer: '/hash', code: 'invalid_hash', detail: 'Must be a SHA-256 in hex.' }];
}

function mustExist(state: TenantState): CreatedTenant {
  if (state.status === 'created') return state;
  throw new RuleBroken('tenant_not_found', 'No such tenant.', 'not_found');
}

const validKeys = ({ keys }: CreatedTenant): KeyIssued[] =>
  [...keys.values()].filter((key) => !key.revoked).map((key) => key.issued);

function withKey(state: TenantState, keyId: string, key: ApiKey): CreatedTenant {
  const tenant = state as CreatedTenant;
  return { ...tenant, keys: new Map([...tenant.keys, [keyId, key]]) };
}
