import {
  customerDecider,
  subscriptionDecider,
  testClockDecider,
  type CustomerState,
  type Instant,
} from '@odometer/domain';
import { notFound } from '../http/answers.js';
import { Aggregates } from './aggregates.js';

/** What time it is for a customer: that of the test clock it lives on, else the real one. */
export class Clocks {
  constructor(private readonly aggregates: Aggregates) {}

  async nowOf(tenant: string, customerId: string): Promise<Instant> {
    const target = { kind: 'customer', tenant, id: customerId };
    return this.nowFor(tenant, await this.aggregates.load(customerDecider, target));
  }

  /** The same for a customer that was read before. */
  async nowFor(tenant: string, customer: CustomerState): Promise<Instant> {
    const code = customer.status === 'none' ? undefined : customer.details.testClock;
    return code === undefined ? this.aggregates.now() : this.nowOn(tenant, code);
  }

  /** Throws HttpProblem 404 when there is no such subscription. */
  async nowOfSubscription(tenant: string, id: string): Promise<Instant> {
    const target = { kind: 'subscription', tenant, id };
    const life = await this.aggregates.load(subscriptionDecider, target);
    if (life.status === 'none') throw notFound('subscription', id);
    return this.nowOf(tenant, life.terms.customerId);
  }

  async nowOn(tenant: string, code: string): Promise<Instant> {
    const clock = await this.aggregates.load(testClockDecider, { kind: 'clock', tenant, id: code });
    // A customer is registered on a clock that exists, and clocks do not go away.
    if (clock.status === 'none') throw new Error(`the test clock ${code} is not there`);
    return clock.now;
  }

  async exists(tenant: string, code: string): Promise<boolean> {
    const clock = await this.aggregates.load(testClockDecider, { kind: 'clock', tenant, id: code });
    return clock.status !== 'none';
  }
}
