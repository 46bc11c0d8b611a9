import { streamIdOf, toIso, type Meter, type Plan, type UsageRecord } from '@odometer/domain';
import type { EventStore, NewEvent } from '@odometer/event-store';
import type { Random } from '../bench/seeded-random.js';

export const TENANT = 'acme';
export const CUSTOMERS = ['ann', 'bob', 'cid'] as const;

/** Business time: a day passes in a tenth of a virtual second, so that two months fit into a world. */
export const BUSINESS_START = Date.parse('2026-01-12T00:00:00Z');
export const DAY_MS = 86_400_000;
const DAY_IN_VIRTUAL_MS = 100;

export const businessTime = (virtualMs: number): number =>
  Math.round(BUSINESS_START + (virtualMs / DAY_IN_VIRTUAL_MS) * DAY_MS);

/** Months whose usage is compared: the last record lies before the end of the last one. */
export const MONTHS = ['2026-01', '2026-02'] as const;
export const LAST_INSTANT = Date.parse('2026-03-01T00:00:00Z');
/** No clock goes beyond this before the last record is in: what comes late must have an invoice to be on. */
export const CLOCKS_WAIT_AT = Date.parse('2026-03-20T00:00:00Z');
/** When everything of those months has been billed, late usage included, an invoice later, with its grace period. */
export const LAST_BUSINESS_INSTANT = Date.parse('2026-04-04T00:00:00Z');

/** Cents. */
export const MONTHLY_FEE = 500;

const calls: Meter = {
  code: 'calls',
  version: 1,
  eventCode: 'call',
  aggregation: { type: 'count' },
  filters: {},
  groupBy: [],
};

const tokens: Meter = {
  ...calls,
  code: 'tokens',
  eventCode: 'call',
  aggregation: { type: 'sum', field: 'tokens' },
};

const plan: Plan = {
  code: 'basic',
  version: 1,
  name: 'Basic',
  currency: 'EUR',
  interval: 'month',
  amount: MONTHLY_FEE,
  payInAdvance: false,
  entitlements: [],
  charges: [
    { meterCode: 'calls', model: 'standard', properties: { amount: '0.07' } },
    {
      meterCode: 'tokens',
      model: 'graduated',
      properties: {
        graduated_ranges: [
          { from_value: 0, to_value: 20, per_unit_amount: '0.0125', flat_amount: '0' },
          { from_value: 21, to_value: null, per_unit_amount: '0.0033', flat_amount: '1' },
        ],
      },
    },
  ],
};

/** The same, but the monthly fee is due when a month begins. */
const planAhead: Plan = { ...plan, code: 'ahead', payInAdvance: true };

/** Who pays the fee in advance, and so has an invoice for the first month before it is over. */
export const PAYS_AHEAD: (typeof CUSTOMERS)[number] = 'cid';

/** The facts that are there before anything goes wrong: the catalog, and customers with a subscription each. */
export async function appendFacts(store: EventStore, random: Random): Promise<void> {
  const put = async (kind: string, id: string, type: string, data: object): Promise<void> => {
    const event: NewEvent = {
      eventId: random.uuid(),
      type,
      schemaVersion: 1,
      data: data as NewEvent['data'],
      metadata: { tenant: TENANT, recordedAt: toIso(BUSINESS_START) },
    };
    await store.append(streamIdOf(kind, TENANT, id), [event], { expectedRevision: 'any' });
  };
  for (const meter of [calls, tokens]) await put('meter', meter.code, 'MeterDefined', meter);
  for (const one of [plan, planAhead]) await put('plan', one.code, 'PlanPublished', one);
  for (const id of CUSTOMERS) {
    await put('customer', id, 'CustomerRegistered', {
      externalId: id,
      timezone: 'UTC',
      gracePeriodDays: random.below(2),
      metadata: {},
      personal: null,
    });
    await put('subscription', id, 'SubscriptionStarted', {
      externalId: id,
      incarnation: 1,
      customerId: id,
      planCode: (id === PAYS_AHEAD ? planAhead : plan).code,
      planVersion: 1,
      billingTime: 'calendar',
      endingAt: null,
      startedAt: '2026-01-01T00:00:00.000Z',
    });
  }
}

/** A record at about the business time at hand: most just now, some days late, some weeks. */
export function drawRecord(random: Random, id: number, now: number): UsageRecord {
  return {
    transactionId: `r${id}`,
    code: 'call',
    customerId: CUSTOMERS[random.below(CUSTOMERS.length)]!,
    timestamp: drawTime(random, now),
    properties: { tokens: random.below(9) },
  };
}

/** Takes a record of the log back, or says what it should have said. */
export function drawCorrection(random: Random, record: UsageRecord, now: number): NewEvent {
  const identity = { transactionId: record.transactionId, customerId: record.customerId! };
  const content = {
    code: record.code,
    timestamp: toIso(drawTime(random, now)),
    properties: { tokens: random.below(30) },
  };
  const isVoid = random.next() < 0.4;
  return {
    eventId: random.uuid(),
    type: isVoid ? 'UsageVoided' : 'UsageAmended',
    schemaVersion: 1,
    data: isVoid ? identity : { ...identity, content },
    metadata: { tenant: TENANT, recordedAt: toIso(BUSINESS_START), reason: 'a mistake' },
  };
}

function drawTime(random: Random, now: number): number {
  const kind = random.next();
  const lateMs = (kind < 0.6 ? 0 : kind < 0.85 ? 3 : 40) * DAY_MS * random.next();
  const timestamp = Math.floor(now - lateMs);
  return Math.min(LAST_INSTANT - 1, Math.max(Date.parse('2026-01-01T00:00:00Z'), timestamp));
}
