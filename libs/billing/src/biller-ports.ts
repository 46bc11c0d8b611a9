import type {
  BilledSubscription,
  CountedUsage,
  DueItem,
  DueRequest,
  Fee,
  FinalInvoice,
  Instant,
  Meter,
  Period,
  Plan,
  ReadMeteredEvents,
  ReadUsage,
  TenantSettings,
} from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';

/** Plans and meters by their codes, null for what was never defined, and the tenant's settings. */
export interface Catalog {
  plan(tenant: string, code: string, version: number): Promise<Plan | null>;
  /** Meters by their codes as they are now, in the order of the codes; also archived ones: what was used is still billed. */
  meters(tenant: string, codes: readonly string[]): Promise<readonly (Meter | null)[]>;
  settings(tenant: string): Promise<TenantSettings>;
}

/** When subscriptions are billed. Answers may lag behind the log; whoever must not miss anything waits first. */
export interface Schedule {
  due(request: DueRequest): Promise<readonly DueItem[]>;
  /** Running lives with charges that are paid in advance, of those that the request is about, each with its time. */
  inAdvance(
    request: Omit<DueRequest, 'limit'>,
  ): Promise<readonly { readonly subscription: BilledSubscription; readonly now: Instant }[]>;
  /** One life, the latest when no incarnation is named. */
  subscription(
    tenant: string,
    externalId: string,
    incarnation?: number,
  ): Promise<BilledSubscription | null>;
  /** All lives of all subscriptions of a customer, ended ones too. */
  subscriptionsOf(tenant: string, customerId: string): Promise<readonly BilledSubscription[]>;
}

/** Final invoices of one life of a subscription, the latest period first, voided ones left out. */
export type ReadFinalInvoices = (
  tenant: string,
  life: { readonly externalId: string; readonly incarnation: number },
  limit: number,
) => Promise<readonly FinalInvoice[]>;

/** The latest invoice of usage paid in advance for the period of a life that begins at `from`; null when there is none. */
export type ReadAdvanceInvoice = (
  tenant: string,
  life: { readonly externalId: string; readonly incarnation: number },
  from: Instant,
) => Promise<AdvanceInvoice | null>;

export interface AdvanceInvoice {
  /** 1 for the first of the period. */
  readonly sequence: number;
  readonly counted: readonly CountedUsage[];
}

/** A fee that was settled off invoices and waits to be gathered. */
export type SettledFee = Fee & { readonly subscriptionId: string; readonly period: Period };

/** Such fees of one life, oldest first. */
export type ReadFeesToGather = (
  tenant: string,
  life: { readonly externalId: string; readonly incarnation: number },
  limit: number,
) => Promise<readonly SettledFee[]>;

/** Whose usage has been folded since a position of each usage shard; null = since about now, which finds none or few. */
export type ReadUsageSubjects = (
  tenant: string,
  after: readonly number[] | null,
) => Promise<UsageSubjects>;

export interface UsageSubjects {
  readonly customers: ReadonlySet<string>;
  readonly subscriptions: ReadonlySet<string>;
  /** By usage shard: where to go on from. */
  readonly reached: readonly number[];
}

/** What is needed to say what usage is worth. */
export interface UsagePorts {
  readonly schedule: Pick<Schedule, 'subscription' | 'subscriptionsOf'>;
  readonly catalog: Catalog;
  readonly readUsage: ReadUsage;
  /** The records themselves, for charges that are priced by them. */
  readonly readMeteredEvents: ReadMeteredEvents;
}

/** All that billing needs of the world. Time comes in with each call; `now` only says when an event was recorded. */
export interface BillerPorts extends UsagePorts {
  readonly store: EventStore;
  readonly schedule: Schedule;
  readonly finalInvoices: ReadFinalInvoices;
  readonly advanceInvoice: ReadAdvanceInvoice;
  readonly usageSubjects: ReadUsageSubjects;
  readonly feesToGather: ReadFeesToGather;
  /** Waits, for a bounded time, until usage, schedule and invoices have reached the position; false when they have not. */
  readonly waitForReadModels: (position: number) => Promise<boolean>;
  readonly now: () => Instant;
}
