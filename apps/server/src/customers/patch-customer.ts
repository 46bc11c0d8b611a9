import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  customerDecider,
  type CustomerChanges,
  type CustomerEvent,
  type CustomerState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class PatchCustomer extends Command<Handled<CustomerState, CustomerEvent>> {
  constructor(
    readonly externalId: string,
    readonly changes: CustomerChanges,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(PatchCustomer)
export class PatchCustomerHandler implements ICommandHandler<PatchCustomer> {
  constructor(private readonly aggregates: Aggregates) {}

  execute(sent: PatchCustomer): Promise<Handled<CustomerState, CustomerEvent>> {
    const { externalId, changes, origin } = sent;
    const target = { kind: 'customer', tenant: origin.caller.tenant, id: externalId };
    const command = { type: 'PatchCustomer', externalId, changes } as const;
    return this.aggregates.decide(customerDecider, target, command, origin);
  }
}
