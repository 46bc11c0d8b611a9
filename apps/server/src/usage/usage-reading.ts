import {
  customerSlices,
  fromIso,
  meterDecider,
  RuleBroken,
  usageWindows,
  type Meter,
  type Period,
  type UsageSlice,
} from '@odometer/domain';
import {
  billedSubscriptionsOf,
  type UsageQueries,
  type WindowsAnswer,
} from '@odometer/read-models';
import type pg from 'pg';
import type { Aggregates } from '../commands/aggregates.js';
import type { CustomerDirectory } from '../customers/customer-directory.js';
import { notFound } from '../http/answers.js';
import type { SubjectQuery, UsageQuery } from './usage.dto.js';

export interface UsageOverTime {
  readonly period: Period;
  /** The windows asked for; none when only the total was. */
  readonly windows: readonly Period[];
  /** One answer for each window, then one for the whole period, ungrouped. */
  readonly answer: WindowsAnswer;
}

/** Reads usage of meters for requests. */
export class UsageReading {
  constructor(
    readonly queries: UsageQueries,
    private readonly pool: pg.Pool,
    private readonly aggregates: Aggregates,
    private readonly customers: CustomerDirectory,
  ) {}

  async overTime(tenant: string, query: UsageQuery): Promise<UsageOverTime> {
    const meter = await this.meter(tenant, query.meter_code);
    const period = periodOf(query);
    const groupBy = groupKeysOf(query.group_by, meter);
    const filter = filterOf(query.filter, meter);
    const timezone = query.timezone ?? (await this.zoneOf(tenant, query.customer_id));
    const windows =
      query.window === undefined ? [period] : usageWindows(period, query.window, timezone);
    const slices = await Promise.all(
      [...windows, period].map((part) => this.slices(tenant, query, part)),
    );
    const grouped = await this.queries.readWindows({
      tenant,
      meter,
      windows: slices.slice(0, -1),
      groupBy,
      filter,
    });
    const whole = await this.queries.readWindows({
      tenant,
      meter,
      windows: slices.slice(-1),
      filter,
    });
    const answer = { ...grouped, windows: [...grouped.windows, ...whole.windows] };
    return { period, windows, answer };
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

function periodOf({ from, to }: { from: string; to: string }): Period {
  const period = { from: fromIso(from), to: fromIso(to) };
  if (period.from < period.to) return period;
  throw invalid('/to', 'not_after_from', 'Must be after "from"');
}

function groupKeysOf(text: string | undefined, meter: Meter): string[] {
  const keys = (text ?? '').split(',').filter((key) => key !== '');
  const unknown = keys.find((key) => !meter.groupBy.includes(key));
  if (unknown === undefined) return [...new Set(keys)];
  throw invalid(
    '/group_by',
    'unknown_group_key',
    `"${unknown}" is not a group-by key of meter ${meter.code}: ${keysOf(meter)}`,
  );
}

function filterOf(text: string | undefined, meter: Meter): Record<string, string[]> {
  const filter: Record<string, string[]> = {};
  for (const part of (text ?? '').split(',').filter((one) => one !== '')) {
    const colon = part.indexOf(':');
    const key = part.slice(0, Math.max(colon, 0));
    if (!meter.groupBy.includes(key)) {
      throw invalid(
        '/filter',
        'unknown_group_key',
        `Must be key:value with a group-by key of meter ${meter.code}: ${keysOf(meter)}`,
      );
    }
    filter[key] = [...(filter[key] ?? []), part.slice(colon + 1)];
  }
  return filter;
}

const keysOf = (meter: Meter): string =>
  meter.groupBy.length === 0 ? 'it has none' : meter.groupBy.join(', ');

const invalid = (pointer: string, code: string, detail: string): Error =>
  new RuleBroken('validation_failed', `Not valid: ${pointer}.`, 'invalid', [
    { pointer, code, detail },
  ]);
