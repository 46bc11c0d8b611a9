import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  customerDecider,
  fromIso,
  RuleBroken,
  subscriptionDecider,
  type FieldError,
  type Plan,
  type SubscriptionEvent,
  type SubscriptionState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Catalog } from '../commands/catalog.js';
import { Clocks } from '../commands/clocks.js';

export interface SubscriptionOrder {
  readonly externalId: string;
  readonly customerId: string;
  readonly planCode: string;
  readonly billingTime: 'calendar' | 'anniversary';
  /** ISO 8601; null is now. */
  readonly startedAt: string | null;
  readonly endingAt: string | null;
}

export class StartSubscription extends Command<Handled<SubscriptionState, SubscriptionEvent>> {
  constructor(
    readonly order: SubscriptionOrder,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(StartSubscription)
export class StartSubscriptionHandler implements ICommandHandler<StartSubscription> {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly catalog: Catalog,
    private readonly clocks: Clocks,
  ) {}

  async execute({
    order,
    origin,
  }: StartSubscription): Promise<Handled<SubscriptionState, SubscriptionEvent>> {
    const { tenant } = origin.caller;
    const plan = await this.planFor(tenant, order);
    const target = { kind: 'subscription', tenant, id: order.externalId };
    const command = {
      type: 'StartSubscription',
      ...order,
      planVersion: plan.version,
      startedAt: order.startedAt === null ? null : fromIso(order.startedAt),
      endingAt: order.endingAt === null ? null : fromIso(order.endingAt),
      now: await this.clocks.nowOf(tenant, order.customerId),
    } as const;
    return this.aggregates.decide(subscriptionDecider, target, command, origin);
  }

  /** The plan, when it and the customer are there and go together. Throws RuleBroken with all that is wrong. */
  private async planFor(tenant: string, order: SubscriptionOrder): Promise<Plan> {
    const target = { kind: 'customer', tenant, id: order.customerId };
    const customer = await this.aggregates.load(customerDecider, target);
    const plan = await this.catalog.plan(tenant, order.planCode);
    const errors: FieldError[] = [];
    if (customer.status !== 'registered') {
      const detail = `No customer ${order.customerId} that is in use.`;
      errors.push({ pointer: '/customer_id', code: 'unknown_customer', detail });
    }
    if (!plan) {
      const detail = `No plan ${order.planCode} on sale.`;
      errors.push({ pointer: '/plan_code', code: 'unknown_plan', detail });
    }
    if (plan && customer.status === 'registered') {
      const { currency } = customer.details;
      if (currency !== undefined && currency !== plan.currency) {
        const detail = `The customer pays in ${currency}, the plan is in ${plan.currency}.`;
        errors.push({ pointer: '/plan_code', code: 'currency_mismatch', detail });
      }
    }
    if (plan && errors.length === 0) return plan;
    const fields = errors.map((error) => error.pointer).join(', ');
    throw new RuleBroken('validation_failed', `Not valid: ${fields}`, 'invalid', errors);
  }
}
