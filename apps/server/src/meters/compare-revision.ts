import { RuleBroken, validFromOf, type Instant, type Meter } from '@odometer/domain';
import { decodeCursor, encodeCursor, type ComparedUsage } from '@odometer/read-models';
import type { Billing } from '../billing/billing.js';
import type { Clocks } from '../commands/clocks.js';
import type { Lists } from '../lists/lists.js';
import type { UsageReading } from '../usage/usage-reading.js';

/** Customers whose usage one dry run compares, at most. */
export const DRY_RUN_CUSTOMERS_MAX = 500;

/** Customers whose usage one dry run compares when nothing else is said. */
export const DRY_RUN_CUSTOMERS_DEFAULT = 100;

/** Periods of a subscription that a dry run compares: the latest ones, two years of months. */
export const DRY_RUN_PERIODS_MAX = 24;

/** Records that one dry run looks at, at most. */
export const DRY_RUN_RECORDS_MAX = 200_000;

/** One period of one payer whose usage is not the same by the two definitions. */
export interface UsageDifference {
  readonly customerId: string;
  /** Null for usage that no subscription of the customer is charged for. */
  readonly subscriptionId: string | null;
  readonly from: Instant;
  readonly to: Instant;
  readonly before: ComparedUsage;
  readonly after: ComparedUsage;
  readonly isBilled: boolean;
}

export interface RevisionComparison {
  readonly differences: readonly UsageDifference[];
  readonly customers: number;
  readonly periods: number;
  readonly records: number;
  /** Where to go on; null when all customers have been compared. */
  readonly nextCursor: string | null;
  /** Log position that all of it reflects at least. */
  readonly position: number;
}

/** What is compared, and how much of it. */
export interface RevisionRequest {
  readonly tenant: string;
  readonly before: Meter;
  readonly after: Meter;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly recordsMax?: number;
}

interface PayerWindow extends Pick<UsageDifference, 'subscriptionId' | 'isBilled'> {
  readonly period: { readonly from: Instant; readonly to: Instant };
  readonly usage: Parameters<UsageReading['queries']['compareMeters']>[0]['windows'][number];
}

type OfCustomer = Omit<RevisionComparison, 'customers' | 'nextCursor' | 'position'>;

/** Says what a revised meter would count otherwise, customer by customer. Nothing is stored. */
export class CompareRevision {
  constructor(
    private readonly parts: {
      readonly billing: Billing;
      readonly usage: UsageReading;
      readonly lists: Lists;
      readonly clocks: Clocks;
    },
  ) {}

  /** Throws RuleBroken `too_many_records` when the first customer alone has more than it may look at. */
  async compare(request: RevisionRequest): Promise<RevisionComparison> {
    const { limit, cursor, recordsMax = DRY_RUN_RECORDS_MAX } = request;
    const start = cursor === undefined ? '' : decodeCursor(cursor, ['string'] as const)[0];
    // What is read later reflects as much, or more.
    const { position } = (await this.read(request, [], recordsMax))!;
    const ids = await this.customersAfter(request.tenant, start, limit + 1);
    const compared: OfCustomer[] = [];
    let records = 0;
    for (const id of ids.slice(0, limit)) {
      const one = await this.customer(request, id, recordsMax - records);
      if (one === null && compared.length === 0) throw tooMany(id, recordsMax);
      if (one === null) break;
      compared.push(one);
      records += one.records;
    }
    const last = ids[compared.length - 1];
    return {
      differences: compared.flatMap(({ differences }) => differences),
      customers: compared.length,
      periods: compared.reduce((sum, { periods }) => sum + periods, 0),
      records,
      nextCursor:
        last === undefined || ids.length === compared.length ? null : encodeCursor([last]),
      position,
    };
  }

  /** Customers, and ids that counted records name, by their bytes. */
  private async customersAfter(tenant: string, after: string, limit: number): Promise<string[]> {
    const { queries } = this.parts.usage;
    const named = await queries.findPayers({ tenant, kind: 'customer', after, limit });
    const cursor = after === '' ? undefined : encodeCursor([after]);
    const known = await this.parts.lists.customers(tenant, {
      limit,
      cursor,
      withArchived: true,
    });
    const all = new Set([...named, ...known.data.map(({ externalId }) => externalId)]);
    return [...all].sort((a, b) => Buffer.from(a).compare(Buffer.from(b))).slice(0, limit);
  }

  private read(
    { tenant, before, after }: RevisionRequest,
    windows: readonly PayerWindow[],
    recordsMax: number,
  ) {
    const counted = windows.map(({ usage }) => usage);
    const request = { tenant, before, after, windows: counted, recordsMax };
    return this.parts.usage.queries.compareMeters(request);
  }

  /** Null when there are more records than may be looked at. */
  private async customer(
    request: RevisionRequest,
    customerId: string,
    recordsMax: number,
  ): Promise<OfCustomer | null> {
    const windows = await this.windowsOf(request.tenant, customerId, request.after);
    const comparison = await this.read(request, windows, recordsMax);
    if (comparison === null) return null;
    const differences = windows.map(
      ({ subscriptionId, isBilled, period }, at): UsageDifference => ({
        customerId,
        subscriptionId,
        ...period,
        ...comparison.windows[at]!,
        isBilled,
      }),
    );
    const { records } = comparison;
    return { differences: differences.filter(differ), periods: windows.length, records };
  }

  /** The periods that the customer's subscriptions are charged for; where there are none, all time up to now. */
  private async windowsOf(
    tenant: string,
    customerId: string,
    after: Meter,
  ): Promise<PayerWindow[]> {
    const { billing, usage, clocks } = this.parts;
    const now = await clocks.nowOf(tenant, customerId);
    const since = Math.max(validFromOf(after), 0);
    const windows: PayerWindow[] = [];
    for (const subscription of await billing.schedule.subscriptionsOf(tenant, customerId)) {
      const periods = await billing.reports.chargedPeriods({
        subscription,
        meterCode: after.code,
        since,
        now,
        limit: DRY_RUN_PERIODS_MAX,
      });
      for (const { period, isBilled, ...charged } of periods)
        windows.push({
          subscriptionId: subscription.externalId,
          period,
          isBilled,
          usage: charged,
        });
    }
    if (windows.length > 0 || since >= now) return windows;
    const period = { from: since, to: now };
    const slices = await usage.customerSlices(tenant, customerId, period);
    return [{ subscriptionId: null, period, isBilled: false, usage: { slices } }];
  }
}

const differ = ({ before, after }: UsageDifference): boolean =>
  !before.value.eq(after.value) || before.eventsCount !== after.eventsCount;

const tooMany = (customerId: string, recordsMax: number): RuleBroken =>
  new RuleBroken(
    'too_many_records',
    `Customer ${customerId} alone has more than ${recordsMax} records in the periods to be compared; choose a later "valid_from", or look at its usage by GET /v1/usage.`,
  );
