import { checkExternalId, refuseInvalid } from '../kernel/field-check.js';
import type { Decider } from '../kernel/decider.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import { checkDetails } from './customer-details.js';
import type { CustomerDetails, CustomerEvent } from './customer-events.js';

/** What a request says of a customer; what is absent stays as it is. `currency: null` takes the currency away. */
export interface CustomerChanges {
  readonly currency?: string | null | undefined;
  readonly timezone?: string | undefined;
  /** Replaces the metadata as a whole. */
  readonly metadata?: CustomerDetails['metadata'] | undefined;
  readonly gracePeriodDays?: number | undefined;
  readonly testClock?: string | undefined;
  /**
   * Ciphertext, opaque here; null takes the personal data away. Ciphertexts of the same text differ, so a caller that wants a
   * repeated request to stay quiet leaves the field out when the plain text has not changed.
   */
  readonly personal?: string | null | undefined;
}

/** Registers the customer, or changes it when it exists, or does nothing when nothing is new. */
export interface RegisterCustomer {
  readonly type: 'RegisterCustomer';
  readonly externalId: string;
  readonly changes: CustomerChanges;
}

/** Changes a customer that exists. */
export interface PatchCustomer {
  readonly type: 'PatchCustomer';
  readonly externalId: string;
  readonly changes: CustomerChanges;
}

export type CustomerCommand =
  | RegisterCustomer
  | PatchCustomer
  | { readonly type: 'ArchiveCustomer'; readonly externalId: string }
  | { readonly type: 'EraseCustomer'; readonly externalId: string };

/** An erased customer is still billed; it only has no person any more. Archived and erased are independent. */
export type CustomerState =
  | { readonly status: 'none' }
  | {
      readonly status: 'registered' | 'archived';
      readonly erased: boolean;
      readonly details: CustomerDetails;
      readonly personal: string | null;
    };

type Known = Exclude<CustomerState, { status: 'none' }>;

export const DEFAULT_TIMEZONE = 'UTC';

export const customerDecider: Decider<CustomerState, CustomerCommand, CustomerEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'RegisterCustomer':
        return register(command, state);
      case 'PatchCustomer':
        return patch(command, state);
      case 'ArchiveCustomer':
        return archive(command.externalId, state);
      case 'EraseCustomer':
        return erase(command.externalId, state);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'CustomerRegistered':
        return { status: 'registered', erased: false, ...contentsOf(event.data) };
      case 'CustomerDetailsChanged':
        return { ...(state as Known), ...contentsOf(event.data) };
      case 'CustomerArchived':
        return { ...(state as Known), status: 'archived' };
      case 'CustomerErased':
        return { ...(state as Known), erased: true, personal: null };
    }
  },
};

function register(command: RegisterCustomer, state: CustomerState): CustomerEvent[] {
  const { externalId, changes } = command;
  refuseInvalid('The customer', checkExternalId(externalId, '/external_id'));
  if (state.status === 'none') return [registered(externalId, blank(changes), changes)];
  // Somebody who registers again begins anew: what was archived is in use again, what was erased may be known again.
  const returns = state.status === 'archived' || (state.erased && isText(changes.personal));
  return returns ? [registered(externalId, state, changes)] : change(externalId, state, changes);
}

function patch(command: PatchCustomer, state: CustomerState): CustomerEvent[] {
  const { externalId, changes } = command;
  if (state.status === 'none') throw notFound(externalId);
  if (state.status === 'archived') {
    throw new RuleBroken('customer_archived', `Customer ${externalId} is archived.`, 'conflict');
  }
  if (state.erased && isText(changes.personal)) {
    const message = `Customer ${externalId} was erased; personal data needs a new registration.`;
    throw new RuleBroken('customer_erased', message, 'conflict');
  }
  return change(externalId, state, changes);
}

function archive(externalId: string, state: CustomerState): CustomerEvent[] {
  if (state.status === 'none') throw notFound(externalId);
  return state.status === 'archived' ? [] : [{ type: 'CustomerArchived', data: { externalId } }];
}

function erase(externalId: string, state: CustomerState): CustomerEvent[] {
  if (state.status === 'none') throw notFound(externalId);
  return state.erased ? [] : [{ type: 'CustomerErased', data: { externalId } }];
}

function registered(
  externalId: string,
  before: Pick<Known, 'details' | 'personal'>,
  changes: CustomerChanges,
): CustomerEvent {
  return { type: 'CustomerRegistered', data: { externalId, ...applied(before, changes) } };
}

function change(externalId: string, before: Known, changes: CustomerChanges): CustomerEvent[] {
  const after = applied(before, changes);
  if (sameValue(after, { ...before.details, personal: before.personal })) return [];
  return [{ type: 'CustomerDetailsChanged', data: { externalId, ...after } }];
}

/** The contents after the changes, which are refused as a whole when one of them is not valid. */
function applied(
  before: Pick<Known, 'details' | 'personal'>,
  changes: CustomerChanges,
): CustomerDetails & { readonly personal: string | null } {
  const { currency, personal, ...others } = withoutAbsent(changes);
  const testClock = before.details.testClock;
  if (others.testClock !== undefined && others.testClock !== testClock) {
    const message = 'The test clock of a customer is chosen when it is first registered.';
    throw new RuleBroken('test_clock_is_fixed', message, 'conflict');
  }
  const { currency: currencyBefore, ...detailsBefore } = before.details;
  const currencyAfter = currency === undefined ? currencyBefore : currency;
  const details: CustomerDetails = {
    ...(isText(currencyAfter) ? { currency: currencyAfter } : {}),
    ...detailsBefore,
    ...others,
  };
  refuseInvalid('The customer', checkDetails(details));
  return { ...details, personal: personal === undefined ? before.personal : personal };
}

/** The details that a new customer has where its registration says nothing. */
function blank(changes: CustomerChanges): Pick<Known, 'details' | 'personal'> {
  const { testClock } = changes;
  const details = { timezone: DEFAULT_TIMEZONE, metadata: {}, gracePeriodDays: 0 };
  return {
    details: testClock === undefined ? details : { ...details, testClock },
    personal: null,
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent(changes: CustomerChanges): Present<CustomerChanges> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function contentsOf(
  data: CustomerDetails & { readonly externalId: string; readonly personal: string | null },
): Pick<Known, 'details' | 'personal'> {
  const { currency, timezone, metadata, gracePeriodDays, testClock, personal } = data;
  return { details: { currency, timezone, metadata, gracePeriodDays, testClock }, personal };
}

const isText = (value: string | null | undefined): value is string => typeof value === 'string';

const notFound = (externalId: string): RuleBroken =>
  new RuleBroken('customer_not_found', `No customer ${externalId}.`, 'not_found');
