import {
  findInvoice,
  listInvoices,
  type InvoicesRequest,
  type InvoiceView,
} from '@odometer/read-models';
import type pg from 'pg';
import { notFound } from '../http/answers.js';
import { numberOfCursor } from '../http/paging.js';

/** Invoices from the read model. */
export class InvoiceReading {
  constructor(private readonly pool: pg.Pool) {}

  /** Throws HttpProblem 404. */
  async find(tenant: string, id: string): Promise<InvoiceView> {
    const invoice = UUID.test(id) ? await findInvoice(this.pool, tenant, id) : null;
    if (!invoice) throw notFound('invoice', id);
    return invoice;
  }

  async page(
    tenant: string,
    page: { readonly limit: number; readonly cursor?: string },
    filter: Omit<InvoicesRequest, 'limit' | 'cursor'>,
  ): Promise<{ readonly data: readonly InvoiceView[]; readonly next_cursor: string | null }> {
    const cursor = page.cursor === undefined ? undefined : numberOfCursor(page.cursor);
    const request = { ...filter, limit: page.limit, cursor };
    const { data, nextCursor } = await listInvoices(this.pool, tenant, request);
    return { data, next_cursor: nextCursor === null ? null : String(nextCursor) };
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
