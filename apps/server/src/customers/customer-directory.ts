import { customerDecider, type CustomerState } from '@odometer/domain';
import { isDeepStrictEqual } from 'node:util';
import type { CustomerView } from '@odometer/read-models';
import { Aggregates } from '../commands/aggregates.js';
import { notFound } from '../http/answers.js';
import { personalAfter, type CustomerChangeBody } from './customer.dto.js';
import { PersonalKeys, type PersonalData } from './personal-data.js';

/** Customers as their streams say, with their personal data in the open. */
export class CustomerDirectory {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly keys: PersonalKeys,
  ) {}

  load(tenant: string, externalId: string): Promise<CustomerState> {
    return this.aggregates.load(customerDecider, { kind: 'customer', tenant, id: externalId });
  }

  /** Throws HttpProblem 404. Archived customers are found. */
  async find(tenant: string, externalId: string): Promise<CustomerView> {
    const known = knownOf(externalId, await this.load(tenant, externalId));
    if (!known) throw notFound('customer', externalId);
    return known;
  }

  async personalOf(tenant: string, known: CustomerView): Promise<PersonalData> {
    return (await this.personalOfAll(tenant, [known]))[0] ?? {};
  }

  /** In the order given. */
  personalOfAll(
    tenant: string,
    customers: readonly CustomerView[],
  ): Promise<readonly PersonalData[]> {
    return this.keys.open(
      tenant,
      customers.map(({ externalId: customerId, personal }) => ({ customerId, personal })),
    );
  }

  /** The sealed personal data after a request's changes: null when none is left, undefined when it stays as it is. */
  async sealChanges(
    tenant: string,
    externalId: string,
    body: CustomerChangeBody,
  ): Promise<string | null | undefined> {
    const known = knownOf(externalId, await this.load(tenant, externalId));
    const before = known ? await this.personalOf(tenant, known) : {};
    const after = personalAfter(before, body);
    if (isDeepStrictEqual(before, after)) return undefined;
    if (Object.keys(after).length === 0) return null;
    return this.keys.seal(tenant, externalId, after);
  }

  /** The key goes first: when the process dies in between, the person is gone and the command can be repeated. */
  async destroyKey(tenant: string, externalId: string): Promise<void> {
    await this.find(tenant, externalId);
    await this.keys.destroy(tenant, externalId);
  }
}

export const knownOf = (externalId: string, state: CustomerState): CustomerView | null =>
  state.status === 'none'
    ? null
    : {
        externalId,
        details: state.details,
        personal: state.personal,
        archived: state.status === 'archived',
        erased: state.erased,
      };
