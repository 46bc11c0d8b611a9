import type { BilledSubscription, Instant } from '@odometer/domain';
import { billInAdvance, type BilledInAdvance } from './bill-in-advance.js';
import type { BillDueRequest, BillingFault } from './bill-due.js';
import type { BillerPorts, UsageSubjects } from './biller-ports.js';

/** What one look at usage paid in advance came to. */
export interface AdvanceResult {
  readonly billed: readonly BilledInAdvance[];
  readonly faults: readonly BillingFault[];
}

/** How far one tenant's usage has been looked at. */
interface Watermark {
  /** By usage shard; null before the first look. */
  reached: readonly number[] | null;
  /** Lives to look at again, whether or not they have new usage: a new period may carry units over, or the last try failed. */
  readonly again: Set<string>;
}

/**
 * Finds the subscriptions whose records are to be billed as they come. The first look goes over all of them, since the log says what has
 * been billed; after that only over those that new records name. What is kept here only saves work.
 */
export class AdvanceRun {
  private readonly watermarks = new Map<string, Watermark>();

  constructor(private readonly ports: BillerPorts) {}

  /** A period of this life has been closed: the next one may begin with units carried over. */
  lookAgain(tenant: string, life: string): void {
    for (const [key, watermark] of this.watermarks) {
      if (key.startsWith(`${tenant}\0`)) watermark.again.add(life);
    }
  }

  async run(request: BillDueRequest): Promise<AdvanceResult> {
    const running = await this.ports.schedule.inAdvance(request);
    const billed: BilledInAdvance[] = [];
    const faults: BillingFault[] = [];
    for (const tenant of new Set(running.map(({ subscription }) => subscription.tenant))) {
      const lives = running.filter(({ subscription }) => subscription.tenant === tenant);
      const watermark = this.watermarkOf(tenant, request.testClock);
      const fresh = await this.freshOf(tenant, watermark);
      for (const life of lives.filter(({ subscription }) => fresh(subscription))) {
        const done = await this.attempt(life, watermark);
        if ('error' in done) faults.push(done);
        else if (done.billed !== null) billed.push(done.billed);
      }
    }
    return { billed, faults };
  }

  /** What cannot be billed is reported, and tried again by the next run. */
  private async attempt(
    { subscription, now }: { readonly subscription: BilledSubscription; readonly now: Instant },
    watermark: Watermark,
  ): Promise<BillingFault | { readonly billed: BilledInAdvance | null }> {
    try {
      return { billed: await billInAdvance(this.ports, subscription, now) };
    } catch (error) {
      watermark.again.add(keyOfLife(subscription));
      return { item: itemOf(subscription, now), error };
    }
  }

  private watermarkOf(tenant: string, testClock: string | undefined): Watermark {
    const key = `${tenant}\0${testClock ?? ''}`;
    const known = this.watermarks.get(key) ?? { reached: null, again: new Set() };
    this.watermarks.set(key, known);
    return known;
  }

  /** Whether a life has to be looked at; moves the watermark. */
  private async freshOf(
    tenant: string,
    watermark: Watermark,
  ): Promise<(subscription: BilledSubscription) => boolean> {
    const again = new Set(watermark.again);
    watermark.again.clear();
    const isFirst = watermark.reached === null;
    const seen: UsageSubjects[] = [];
    let subjects: UsageSubjects;
    do {
      subjects = await this.ports.usageSubjects(tenant, watermark.reached);
      watermark.reached = subjects.reached;
      seen.push(subjects);
    } while (!isFirst && subjects.customers.size + subjects.subscriptions.size > 0);
    return (subscription) =>
      isFirst ||
      again.has(keyOfLife(subscription)) ||
      seen.some(
        ({ customers, subscriptions }) =>
          customers.has(subscription.customerId) || subscriptions.has(subscription.externalId),
      );
  }
}

export const keyOfLife = ({
  externalId,
  incarnation,
}: Pick<BilledSubscription, 'externalId' | 'incarnation'>): string =>
  JSON.stringify([externalId, incarnation]);

const itemOf = (subscription: BilledSubscription, now: number): BillingFault['item'] => ({
  tenant: subscription.tenant,
  kind: 'usage',
  dueAt: now,
  customerId: subscription.customerId,
  subscriptionId: subscription.externalId,
  incarnation: subscription.incarnation,
  invoiceId: null,
});
