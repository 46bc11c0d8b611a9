import { customerDecider, testClockDecider, type Instant } from '@odometer/domain';
import { Aggregates } from './aggregates.js';

/** What time it is for a customer: that of the test clock it lives on, else the real one. */
export class Clocks {
  constructor(private readonly aggregates: Aggregates) {}

  async nowOf(tenant: string, customerId: string): Promise<Instant> {
    const target = { kind: 'customer', tenant, id: customerId };
    const customer = await this.aggregates.load(customerDecider, target);
    const code = customer.status === 'none' ? undefined : customer.details.testClock;
    return code === undefined ? this.aggregates.now() : this.nowOn(tenant, code);
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
