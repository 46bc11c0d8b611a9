import { toIso, type Instant, type SubscriptionTerms } from '@odometer/domain';
import { schemaOf } from '@odometer/projections';
import { In, type DataSource, type SelectQueryBuilder } from 'typeorm';
import { decodeCursor, limitOf, pageOf, type Page, type PageRequest } from '../cursor.js';
import { subscriptionEntity, SUBSCRIPTIONS, type SubscriptionRow } from './subscriptions.table.js';

/** `pending` before its start, `terminated` from its termination or scheduled end on, else `active`; by the customer's own clock. */
export const SUBSCRIPTION_STATUSES = ['pending', 'active', 'terminated'] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** A life of a subscription. Instants are ISO 8601. */
export interface SubscriptionView {
  /** Those of the start; `terms.endingAt` is the end agreed then. */
  readonly terms: SubscriptionTerms;
  /** The end it runs to now. */
  readonly endingAt: string | null;
  readonly terminatedAt: string | null;
}

export interface SubscriptionsRequest extends PageRequest {
  readonly customerId?: string | undefined;
  readonly planCode?: string | undefined;
  readonly status?: SubscriptionStatus | undefined;
  /** The real time, for customers that live on no test clock. */
  readonly now: Instant;
}

/** The latest life of an external id; null when the tenant has none. */
export async function findSubscription(
  source: DataSource,
  tenant: string,
  externalId: string,
): Promise<SubscriptionView | null> {
  const row = await source
    .getRepository(subscriptionEntity)
    .createQueryBuilder('s')
    .where('s.tenant = :tenant AND s.externalId = :externalId AND s.latest', { tenant, externalId })
    .getOne();
  return row && viewOf(row);
}

/** Those of the external ids that are subscriptions, ended ones too. */
export async function knownSubscriptions(
  source: DataSource,
  tenant: string,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await source.getRepository(subscriptionEntity).find({
    select: { externalId: true },
    where: { tenant, externalId: In([...externalIds]), latest: true },
  });
  return new Set(rows.map(({ externalId }) => externalId));
}

/** All lives of all subscriptions of a customer, by external id and incarnation. */
export async function subscriptionsOf(
  source: DataSource,
  tenant: string,
  customerId: string,
): Promise<SubscriptionView[]> {
  const rows = await source
    .getRepository(subscriptionEntity)
    .createQueryBuilder('s')
    .where('s.tenant = :tenant AND s.customerId = :customerId', { tenant, customerId })
    .orderBy('s.externalId')
    .addOrderBy('s.incarnation')
    .getMany();
  return rows.map(viewOf);
}

/** Subscriptions by external id, each in its latest life. */
export async function listSubscriptions(
  source: DataSource,
  tenant: string,
  request: SubscriptionsRequest,
): Promise<Page<SubscriptionView>> {
  const limit = limitOf(request);
  const query = source
    .getRepository(subscriptionEntity)
    .createQueryBuilder('s')
    .where('s.tenant = :tenant AND s.latest', { tenant });
  narrow(query, request);
  const rows = await query
    .orderBy('s.externalId')
    .limit(limit + 1)
    .getMany();
  return pageOf(rows, limit, { item: viewOf, keys: ({ externalId }) => [externalId] });
}

function narrow(
  query: SelectQueryBuilder<SubscriptionRow>,
  { customerId, planCode, status, now, cursor }: SubscriptionsRequest,
): void {
  if (customerId !== undefined) query.andWhere('s.customerId = :customerId', { customerId });
  if (planCode !== undefined) query.andWhere('s.planCode = :planCode', { planCode });
  if (status !== undefined) query.andWhere(STATUS_CONDITIONS[status], { now: new Date(now) });
  if (cursor !== undefined) {
    const [after] = decodeCursor(cursor, ['string'] as const);
    query.andWhere('s.externalId > :after', { after });
  }
}

const SCHEMA = schemaOf(SUBSCRIPTIONS);

const NOW = `coalesce((SELECT k.now FROM ${SCHEMA}.customer u JOIN ${SCHEMA}.clock k ON k.tenant = u.tenant AND k.code = u.clock
                        WHERE u.tenant = s.tenant AND u.customer_id = s.customer_id), :now)`;
const ENDED = `coalesce(coalesce(s.terminatedAt, s.endingAt) <= ${NOW}, false)`;

const STATUS_CONDITIONS: Readonly<Record<SubscriptionStatus, string>> = {
  pending: `(s.startedAt > ${NOW} AND NOT ${ENDED})`,
  active: `(s.startedAt <= ${NOW} AND NOT ${ENDED})`,
  terminated: ENDED,
};

const isoOf = (date: Date | null): string | null => date && toIso(date.getTime());

const viewOf = (row: SubscriptionRow): SubscriptionView => ({
  terms: {
    externalId: row.externalId,
    incarnation: row.incarnation,
    customerId: row.customerId,
    planCode: row.planCode,
    planVersion: row.planVersion,
    billingTime: row.billingTime,
    startedAt: toIso(row.startedAt.getTime()),
    endingAt: isoOf(row.agreedEnd),
  },
  endingAt: isoOf(row.endingAt),
  terminatedAt: isoOf(row.terminatedAt),
});
