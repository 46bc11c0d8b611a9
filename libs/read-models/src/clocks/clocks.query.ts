import type { Instant } from '@odometer/domain';
import type { DataSource } from 'typeorm';
import { decodeCursor, limitOf, pageOf, type Page, type PageRequest } from '../cursor.js';
import { clockEntity, type ClockRow } from './clocks.table.js';

export interface ClockView {
  readonly code: string;
  readonly now: Instant;
}

export async function findClock(
  source: DataSource,
  tenant: string,
  code: string,
): Promise<ClockView | null> {
  const row = await source.getRepository(clockEntity).findOneBy({ tenant, code });
  return row && viewOf(row);
}

/** Test clocks by code. */
export async function listClocks(
  source: DataSource,
  tenant: string,
  request: PageRequest = {},
): Promise<Page<ClockView>> {
  const limit = limitOf(request);
  const query = source
    .getRepository(clockEntity)
    .createQueryBuilder('c')
    .where('c.tenant = :tenant', { tenant });
  if (request.cursor !== undefined) {
    const [after] = decodeCursor(request.cursor, ['string'] as const);
    query.andWhere('c.code > :after', { after });
  }
  const rows = await query
    .orderBy('c.code')
    .limit(limit + 1)
    .getMany();
  return pageOf(rows, limit, { item: viewOf, keys: ({ code }) => [code] });
}

const viewOf = ({ code, now }: ClockRow): ClockView => ({ code, now: now.getTime() });
