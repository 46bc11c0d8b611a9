import type { JsonObject } from '@odometer/domain';
import type { RecordedEvent } from './event-store.js';

/** Turns the data of one version into that of the next. Pure. */
export type Upcaster = (data: JsonObject) => JsonObject;

export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** Versions that this code writes. Every type that can be in the log stands here; an older version needs an upcaster. */
const CURRENT_VERSIONS: Readonly<Record<string, number>> = {
  MeterDefined: 1,
  MeterRevised: 1,
  MeterArchived: 1,
  FeatureDefined: 1,
  FeatureArchived: 1,
  PlanPublished: 1,
  PlanArchived: 1,
  CustomerRegistered: 1,
  CustomerDetailsChanged: 1,
  CustomerArchived: 1,
  CustomerErased: 1,
  SubscriptionStarted: 1,
  SubscriptionEndScheduled: 1,
  SubscriptionTerminated: 1,
  InvoiceDrafted: 1,
  InvoiceRefreshed: 1,
  InvoiceFinalized: 1,
  InvoiceVoided: 1,
  InvoiceNumberAssigned: 1,
  TestClockCreated: 1,
  TestClockAdvanced: 1,
  TenantCreated: 1,
  ApiKeyIssued: 1,
  ApiKeyRevoked: 1,
};

/** `<type>@<version>` → what makes version + 1 of it. */
const UPCASTERS: Readonly<Record<string, Upcaster>> = {};

export const knownEventTypes = (): readonly string[] => Object.keys(CURRENT_VERSIONS);

/** The event in today's shape. Throws UnknownEvent on a type or version that this code does not know: never guess about money. */
export function readDomainEvent({ type, schemaVersion, data, position }: RecordedEvent): {
  type: string;
  data: JsonObject;
} {
  const current = CURRENT_VERSIONS[type];
  if (current === undefined || data instanceof Uint8Array) {
    throw new UnknownEvent(`event type ${type} at position ${position} is not known`);
  }
  let shape = data;
  for (let version = schemaVersion; version !== current; version += 1) {
    const upcast = UPCASTERS[`${type}@${version}`];
    if (upcast === undefined) {
      throw new UnknownEvent(
        `version ${schemaVersion} of event ${type} at position ${position} is not known`,
      );
    }
    shape = upcast(shape);
  }
  return { type, data: shape };
}
