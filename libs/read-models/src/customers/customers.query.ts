import type { CustomerDetails } from '@odometer/domain';
import { In, type DataSource } from 'typeorm';
import { decodeCursor, limitOf, pageOf, type Page, type PageRequest } from '../cursor.js';
import { prefixPattern } from '../prefix-pattern.js';
import { customerEntity, type CustomerRow } from './customers.table.js';

export interface CustomerView {
  readonly externalId: string;
  readonly details: CustomerDetails;
  /** Ciphertext; null when nothing personal is known. */
  readonly personal: string | null;
  readonly archived: boolean;
  readonly erased: boolean;
}

export interface CustomersRequest extends PageRequest {
  /** Customers whose external id begins with this text. */
  readonly externalIdPrefix?: string | undefined;
  readonly testClock?: string | undefined;
  /** Default false: archived customers are left out. */
  readonly withArchived?: boolean | undefined;
}

/** One customer, also an archived one; null when the tenant has none of that id. */
export async function findCustomer(
  source: DataSource,
  tenant: string,
  externalId: string,
): Promise<CustomerView | null> {
  const row = await source.getRepository(customerEntity).findOneBy({ tenant, externalId });
  return row && viewOf(row);
}

/** Those of the external ids that are customers, archived ones too. */
export async function knownCustomers(
  source: DataSource,
  tenant: string,
  externalIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await source.getRepository(customerEntity).find({
    select: { externalId: true },
    where: { tenant, externalId: In([...externalIds]) },
  });
  return new Set(rows.map(({ externalId }) => externalId));
}

/** Customers by external id. */
export async function listCustomers(
  source: DataSource,
  tenant: string,
  request: CustomersRequest = {},
): Promise<Page<CustomerView>> {
  const limit = limitOf(request);
  const { externalIdPrefix, testClock, cursor } = request;
  const query = source
    .getRepository(customerEntity)
    .createQueryBuilder('c')
    .where('c.tenant = :tenant', { tenant });
  if (request.withArchived !== true) query.andWhere('NOT c.archived');
  if (testClock !== undefined) query.andWhere('c.testClock = :testClock', { testClock });
  if (externalIdPrefix !== undefined) {
    query.andWhere('c.externalId LIKE :prefix', { prefix: prefixPattern(externalIdPrefix) });
  }
  if (cursor !== undefined) {
    const [after] = decodeCursor(cursor, ['string'] as const);
    query.andWhere('c.externalId > :after', { after });
  }
  const rows = await query
    .orderBy('c.externalId')
    .limit(limit + 1)
    .getMany();
  return pageOf(rows, limit, { item: viewOf, keys: ({ externalId }) => [externalId] });
}

const viewOf = (row: CustomerRow): CustomerView => ({
  externalId: row.externalId,
  details: {
    ...(row.currency === null ? {} : { currency: row.currency }),
    timezone: row.timezone,
    metadata: row.metadata,
    gracePeriodDays: row.gracePeriodDays,
    ...(row.testClock === null ? {} : { testClock: row.testClock }),
  },
  personal: row.personal,
  archived: row.archived,
  erased: row.erased,
});
