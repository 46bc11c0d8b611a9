import { findFee, listFees, type FeesRequest, type FeeView } from '@odometer/read-models';
import type pg from 'pg';
import { notFound } from '../http/answers.js';
import { numberOfCursor } from '../http/paging.js';

/** Fees from the read model. */
export class FeeReading {
  constructor(private readonly pool: pg.Pool) {}

  /** Throws HttpProblem 404. */
  async find(tenant: string, id: string): Promise<FeeView> {
    const fee = await findFee(this.pool, tenant, id);
    if (!fee) throw notFound('fee', id);
    return fee;
  }

  async page(
    tenant: string,
    page: { readonly limit: number; readonly cursor?: string },
    filter: Omit<FeesRequest, 'limit' | 'cursor'>,
  ): Promise<{ readonly data: readonly FeeView[]; readonly next_cursor: string | null }> {
    const cursor = page.cursor === undefined ? undefined : numberOfCursor(page.cursor);
    const request = { ...filter, limit: page.limit, cursor };
    const { data, nextCursor } = await listFees(this.pool, tenant, request);
    return { data, next_cursor: nextCursor === null ? null : String(nextCursor) };
  }
}
