import { RuleBroken, type Entitlement } from '@odometer/domain';

interface GrantBody {
  readonly amount?: string;
  readonly unlimited?: boolean;
  readonly enabled?: boolean;
}

/** Exactly one of `amount`, `unlimited: true` and `enabled: true`. Throws RuleBroken `validation_failed`. */
export function grantOf(body: GrantBody, pointer: string): Pick<Entitlement, 'grant' | 'amount'> {
  const grants: Pick<Entitlement, 'grant' | 'amount'>[] = [];
  if (body.amount != null) grants.push({ grant: 'amount', amount: body.amount });
  if (body.unlimited === true) grants.push({ grant: 'unlimited' });
  if (body.enabled === true) grants.push({ grant: 'flag' });
  const [grant] = grants;
  if (grant && grants.length === 1) return grant;
  const detail = 'Must have exactly one of "amount", "unlimited": true and "enabled": true.';
  throw new RuleBroken('validation_failed', `The plan is not valid: ${pointer}`, 'invalid', [
    { pointer, code: 'one_grant', detail },
  ]);
}
