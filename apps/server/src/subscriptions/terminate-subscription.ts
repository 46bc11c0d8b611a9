import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  subscriptionDecider,
  type Instant,
  type SubscriptionEvent,
  type SubscriptionState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class TerminateSubscription extends Command<Handled<SubscriptionState, SubscriptionEvent>> {
  constructor(
    readonly externalId: string,
    readonly at: Instant,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(TerminateSubscription)
export class TerminateSubscriptionHandler implements ICommandHandler<TerminateSubscription> {
  constructor(private readonly aggregates: Aggregates) {}

  execute(sent: TerminateSubscription): Promise<Handled<SubscriptionState, SubscriptionEvent>> {
    const { externalId, at, origin } = sent;
    const target = { kind: 'subscription', tenant: origin.caller.tenant, id: externalId };
    const command = { type: 'TerminateSubscription', externalId, at } as const;
    return this.aggregates.decide(subscriptionDecider, target, command, origin);
  }
}
