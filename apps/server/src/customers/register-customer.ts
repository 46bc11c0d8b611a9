import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  customerDecider,
  type CustomerChanges,
  type CustomerEvent,
  type CustomerState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class RegisterCustomer extends Command<Handled<CustomerState, CustomerEvent>> {
  constructor(
    readonly externalId: string,
    readonly changes: CustomerChanges,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(RegisterCustomer)
export class RegisterCustomerHandler implements ICommandHandler<RegisterCustomer> {
  constructor(private readonly aggregates: Aggregates) {}

  execute(sent: RegisterCustomer): Promise<Handled<CustomerState, CustomerEvent>> {
    const { externalId, changes, origin } = sent;
    const target = { kind: 'customer', tenant: origin.caller.tenant, id: externalId };
    const command = { type: 'RegisterCustomer', externalId, changes } as const;
    return this.aggregates.decide(customerDecider, target, command, origin);
  }
}
