import { tenantDecider, toIso, type TenantState } from '@odometer/domain';
import { v5 } from 'uuid';
import { newKey, type NewKey } from '../api-keys/api-key.js';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { FIRST_TENANT } from '../tenants/first-tenant.js';

const NAMESPACE = '0b0f6f5e-2a77-4f37-8d2b-6f1a9f0f6a55';

export interface FirstKey {
  /** The secret to show, only when it was made just now. */
  readonly made: string | null;
  readonly position: number;
}

/**
 * Sees to it that the tenant `default` exists and has an admin key: the configured one, or on the first start one of our own.
 * Several processes may do so at once.
 */
export async function ensureFirstKey(
  aggregates: Aggregates,
  configured: string | null,
): Promise<FirstKey> {
  const target = { kind: 'tenant', tenant: FIRST_TENANT };
  const origin = originAt(toIso(aggregates.now()));
  const create = { type: 'CreateTenant', tenantId: FIRST_TENANT, name: 'Default' } as const;
  const known = await aggregates.load(tenantDecider, target);
  if (known.status === 'none') await aggregates.decide(tenantDecider, target, create, origin);
  const key = keyToIssue(known, configured);
  if (!key) return { made: null, position: 0 };
  const command = { ...origin, commandId: v5(key.issue.keyId, NAMESPACE) };
  const { position } = await aggregates.decide(tenantDecider, target, key.issue, command);
  return { made: configured === null ? key.secret : null, position };
}

function keyToIssue(known: TenantState, configured: string | null): NewKey | null {
  if (configured !== null) {
    const { secret, issue } = newKey('ODOMETER_ADMIN_KEY', ['admin'], configured);
    // The id follows from the key, so that every start issues the same one, which is quiet.
    return { secret, issue: { ...issue, keyId: v5(issue.hash, NAMESPACE) } };
  }
  const hasKeys = known.status === 'created' && known.keys.size > 0;
  return hasKeys ? null : newKey('First key', ['admin']);
}

const originAt = (moment: string): CommandOrigin => ({
  caller: { tenant: FIRST_TENANT, keyId: 'start', scopes: ['admin'] },
  commandId: v5(`create ${FIRST_TENANT} ${moment}`, NAMESPACE),
});
