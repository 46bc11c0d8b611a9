import type {
  CorrectionEvent,
  CustomerEvent,
  FeatureEvent,
  FeeEvent,
  InvoiceEvent,
  InvoiceNumberEvent,
  JsonObject,
  MeterEvent,
  PlanEvent,
  SettingsEvent,
  SubscriptionEvent,
  TenantEvent,
  TestClockEvent,
} from '@odometer/domain';
import type { RecordedEvent } from './event-store.js';

type DomainEventType = (
  | CorrectionEvent
  | CustomerEvent
  | FeatureEvent
  | FeeEvent
  | InvoiceEvent
  | InvoiceNumberEvent
  | MeterEvent
  | PlanEvent
  | SettingsEvent
  | SubscriptionEvent
  | TenantEvent
  | TestClockEvent
)['type'];

/** Turns the data of one version into that of the next. Pure: no clock, no chance, nothing but the data. */
export type Upcaster = (data: JsonObject) => JsonObject;

/** A type or version that this code does not know. Whoever reads stops here: never guess about money. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

/** What versions there are of which events, and the way from each to the next. */
export interface EventVersions {
  /** Type → the version that is written today. */
  readonly current: ReadonlyMap<string, number>;
  /** `<type>@<version>` → what makes version + 1 of it. */
  readonly upcasters: ReadonlyMap<string, Upcaster>;
}

/** Every type of the domain stands here; an older version needs an upcaster, and a golden file in test/scenarios/events. */
const CURRENT: Readonly<Record<DomainEventType, number>> = {
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
  InvoiceFinalized: 1,
  InvoiceVoided: 1,
  InvoiceNumberAssigned: 1,
  TestClockCreated: 1,
  TestClockAdvanced: 1,
  TenantCreated: 1,
  ApiKeyIssued: 1,
  ApiKeyRevoked: 1,
  TenantSettingsChanged: 1,
  FeesCharged: 1,
  FeeSettled: 1,
  UsageVoided: 1,
  UsageAmended: 1,
};

const UPCASTERS: Readonly<Record<string, Upcaster>> = {};

export const EVENT_VERSIONS: EventVersions = {
  current: new Map(Object.entries(CURRENT)),
  upcasters: new Map(Object.entries(UPCASTERS)),
};

/** Every type of event that a stream of an aggregate can hold. */
export const knownEventTypes = (): readonly string[] => [...EVENT_VERSIONS.current.keys()];

/** The version that an event of this type is written in. Throws UnknownEvent. */
export function currentVersionOf(type: string, versions = EVENT_VERSIONS): number {
  const current = versions.current.get(type);
  if (current === undefined) throw new UnknownEvent(`event type ${type} is not known`);
  return current;
}

/** The event in today's shape. Throws UnknownEvent on a type that is not known, a version that is newer, or one that has no way here. */
export function readDomainEvent(
  { type, schemaVersion, data, position }: RecordedEvent,
  versions = EVENT_VERSIONS,
): { type: string; data: JsonObject } {
  const current = versions.current.get(type);
  if (current === undefined || data instanceof Uint8Array) {
    throw new UnknownEvent(`event type ${type} at position ${position} is not known`);
  }
  const unknownVersion = (): UnknownEvent =>
    new UnknownEvent(
      `version ${schemaVersion} of event ${type} at position ${position} is not known, today's is ${current}`,
    );
  if (schemaVersion > current) throw unknownVersion();
  let shape = data;
  for (let version = schemaVersion; version < current; version += 1) {
    const upcast = versions.upcasters.get(`${type}@${version}`);
    if (upcast === undefined) throw unknownVersion();
    shape = upcast(shape);
  }
  return { type, data: shape };
}
