import {
  customerSlices,
  eachUsageWindow,
  meterDecider,
  usageWindows,
  type Meter,
  type Period,
  type UsageSlice,
} from '@odometer/domain';
import {
  billedSubscriptionsOf,
  type UsageQueries,
  type WindowsRequest,
} from '@odometer/read-models';
import type pg from 'pg';
import type { Aggregates } from '../commands/aggregates.js';
import type { CustomerDirectory } from '../customers/customer-directory.js';
import { notFound } from '../http/answers.js';
import {
  cutsManyHours,
  filterOf,
  groupKeysOf,
  OTHER,
  periodOf,
  topOf,
  type AskedUsage,
  type UsageOverTime,
} from './asked-usage.js';
import type { SubjectQuery, UsageQuery } from './usage.dto.js';

/** Windows of one page of an export. */
const USAGE_PAGE_WINDOWS = 500;

/** Reads usage of meters for requests. */
export class UsageReading {
  constructor(
    readonly queries: UsageQueries,
    private readonly pool: pg.Pool,
    private readonly aggregates: Aggregates,
    private readonly customers: CustomerDirectory,
  ) {}

  async overTime(tenant: string, query: UsageQuery): Promise<UsageOverTime> {
    const asked = await this.asked(tenant, query);
    const { period, timezone } = asked;
    const windows =
      query.window === undefined ? [period] : usageWindows(period, query.window, timezone);
    const regroup = await this.regroupOf(tenant, asked);
    const [answer, total] = await this.queries.readWindows([
      requestFor(tenant, asked, windows, regroup),
      wholeOf(tenant, asked),
    ]);
    return {
      period,
      windows,
      grouped: asked.groupBy.length > 0,
      answer: answer!,
      total: total!.windows[0]![0]!,
    };
  }

  /** The same without a total and of any length: windows are read by the page, each as it is then. */
  async *pages(
    tenant: string,
    asked: AskedUsage,
  ): AsyncGenerator<Pick<UsageOverTime, 'windows' | 'answer' | 'grouped'>, void> {
    const { period, window, timezone } = asked;
    const regroup = await this.regroupOf(tenant, asked);
    const all = window === undefined ? [period] : eachUsageWindow(period, window, timezone);
    for (const windows of paged(all, USAGE_PAGE_WINDOWS)) {
      const [answer] = await this.queries.readWindows([
        requestFor(tenant, asked, windows, regroup),
      ]);
      yield { windows, answer: answer!, grouped: asked.groupBy.length > 0 };
    }
  }

  /** What a query asks for, checked. */
  async asked(tenant: string, query: UsageQuery): Promise<AskedUsage> {
    const meter = await this.meter(tenant, query.meter_code);
    const period = periodOf(query);
    const timezone = query.timezone ?? (await this.zoneOf(tenant, query.customer_id));
    const groupBy = groupKeysOf(query);
    const slices = await this.slices(tenant, query, period);
    return {
      meter,
      period,
      timezone,
      groupBy,
      slices,
      filter: filterOf(query.filter),
      top: topOf(query, groupBy),
      window: query.window,
    };
  }

  /** With `top`: puts all groups but the largest into one. */
  private async regroupOf(tenant: string, asked: AskedUsage): Promise<WindowsRequest['regroup']> {
    const { top, groupBy } = asked;
    if (top === undefined) return undefined;
    const [answer] = await this.queries.readWindows([{ ...wholeOf(tenant, asked), groupBy }]);
    const largest = [...answer!.windows[0]!]
      .sort((a, b) => b.value.cmp(a.value))
      .slice(0, top)
      .map(({ group }) => JSON.stringify(group));
    const names = new Set(largest);
    return (group) => (names.has(JSON.stringify(group)) ? group : OTHER);
  }

  /** Also an archived meter: its usage stays. */
  async meter(tenant: string, code: string): Promise<Meter> {
    const state = await this.aggregates.load(meterDecider, { kind: 'meter', tenant, id: code });
    if (state.status === 'none') throw notFound('meter', code);
    return state.meter;
  }

  /** All records of a customer, and those that name nothing but one of its subscriptions. */
  async customerSlices(tenant: string, customerId: string, period: Period): Promise<UsageSlice[]> {
    const lives = await billedSubscriptionsOf(this.pool, tenant, customerId);
    return customerSlices(
      customerId,
      lives.map(({ externalId }) => externalId),
      period,
    );
  }

  private async slices(
    tenant: string,
    subject: SubjectQuery,
    period: Period,
  ): Promise<UsageSlice[]> {
    const {
      customer_id: customerId,
      subscription_id: subscriptionId,
      entity_id: entityId,
    } = subject;
    const slices =
      customerId !== undefined && subscriptionId === undefined
        ? await this.customerSlices(tenant, customerId, period)
        : [{ customerId, subscriptionId, ...period }];
    return slices.map((slice) => ({ ...slice, entityId }));
  }

  private async zoneOf(tenant: string, customerId: string | undefined): Promise<string> {
    if (customerId === undefined) return 'UTC';
    const state = await this.customers.load(tenant, customerId);
    return state.status === 'none' ? 'UTC' : state.details.timezone;
  }
}

/** The whole period as one window, ungrouped. */
const wholeOf = (tenant: string, { meter, filter, slices }: AskedUsage): WindowsRequest => ({
  tenant,
  meter,
  filter,
  windows: [slices],
});

const requestFor = (
  tenant: string,
  asked: AskedUsage,
  windows: readonly Period[],
  regroup: WindowsRequest['regroup'],
): WindowsRequest => ({
  ...wholeOf(tenant, asked),
  groupBy: asked.groupBy,
  regroup,
  windows: windows.map((window) => asked.slices.map((slice) => ({ ...slice, ...window }))),
  fromRecords: cutsManyHours(asked, windows),
});

function* paged(windows: Iterable<Period>, size: number): Generator<readonly Period[], void> {
  let page: Period[] = [];
  for (const window of windows) {
    page.push(window);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
