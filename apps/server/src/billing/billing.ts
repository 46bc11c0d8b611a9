import type { Instant } from '@odometer/domain';
import type { EventStore } from '@odometer/event-store';
import {
  catalogFromLog,
  createBiller,
  createUsageReports,
  type Biller,
  type BillingFault,
  type Catalog,
  type Schedule,
  type UsageReports,
} from '@odometer/billing';
import {
  BILLING_SCHEDULE,
  billingQueries,
  FEES,
  INVOICES,
  USAGE_PROJECTION,
  type UsageQueries,
} from '@odometer/read-models';
import type pg from 'pg';
import { HttpProblem } from '../http/problem.js';

export interface BillingParts {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly usage: UsageQueries;
  readonly now: () => Instant;
  /** Resolves to false when the named read models have not reached the position in time. */
  readonly waitFor: (names: readonly string[], position: number) => Promise<boolean>;
}

/** The billing library with everything it asks for. */
export class Billing {
  readonly biller: Biller;
  readonly reports: UsageReports;
  readonly schedule: Schedule;
  readonly catalog: Catalog;

  constructor(private readonly parts: BillingParts) {
    const { pool, store, usage, now } = parts;
    const { readUsage, readMeteredEvents, usageSubjects } = usage;
    this.catalog = catalogFromLog(store);
    const ports = {
      ...billingQueries(pool),
      store,
      catalog: this.catalog,
      readUsage,
      readMeteredEvents,
      usageSubjects,
      waitForReadModels: (position: number) => this.reached(position),
      now,
    };
    this.schedule = ports.schedule;
    this.biller = createBiller(ports);
    this.reports = createUsageReports(ports);
  }

  /**
   * Runs everything that is due on a test clock, in order of time, and answers the log position when all is done. Throws
   * HttpProblem when something that is due could not be billed; the clock has moved then, and a repetition tries it again.
   */
  async runClock(tenant: string, code: string, to: Instant): Promise<number> {
    const result = await this.biller.billDue({ now: to, tenant, testClock: code });
    const [fault] = result.faults;
    if (fault) throw notBilled(fault, result.faults.length);
    await this.reached(result.position);
    return result.position;
  }

  /** Makes a draft final now, and answers when the read models show it. */
  async finalize(tenant: string, invoiceId: string, now: Instant): Promise<number> {
    const { position } = await this.biller.finalizeInvoice({ tenant, invoiceId, now });
    await this.reached(position);
    return position;
  }

  /** False when the read models of billing have not reached the position in time. */
  reached(position: number): Promise<boolean> {
    return this.parts.waitFor([USAGE_PROJECTION, BILLING_SCHEDULE, FEES, INVOICES], position);
  }
}

const notBilled = ({ item, error }: BillingFault, count: number): HttpProblem => {
  const reason = error instanceof Error ? error.message : String(error);
  return new HttpProblem(
    409,
    'not_billable',
    `${count} of what was due could not be billed; first subscription ${item.subscriptionId}: ${reason}`,
  );
};
