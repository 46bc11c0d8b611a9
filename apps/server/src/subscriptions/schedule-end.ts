import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  subscriptionDecider,
  type Instant,
  type SubscriptionEvent,
  type SubscriptionState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class ScheduleEnd extends Command<Handled<SubscriptionState, SubscriptionEvent>> {
  constructor(
    readonly externalId: string,
    readonly endingAt: Instant | null,
    readonly now: Instant,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(ScheduleEnd)
export class ScheduleEndHandler implements ICommandHandler<ScheduleEnd> {
  constructor(private readonly aggregates: Aggregates) {}

  execute(sent: ScheduleEnd): Promise<Handled<SubscriptionState, SubscriptionEvent>> {
    const { externalId, endingAt, now, origin } = sent;
    const target = { kind: 'subscription', tenant: origin.caller.tenant, id: externalId };
    const command = { type: 'ScheduleEnd', externalId, endingAt, now } as const;
    return this.aggregates.decide(subscriptionDecider, target, command, origin);
  }
}
