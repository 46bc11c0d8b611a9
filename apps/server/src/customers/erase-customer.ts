import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { customerDecider, type CustomerEvent, type CustomerState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class EraseCustomer extends Command<Handled<CustomerState, CustomerEvent>> {
  constructor(
    readonly externalId: string,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(EraseCustomer)
export class EraseCustomerHandler implements ICommandHandler<EraseCustomer> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ externalId, origin }: EraseCustomer): Promise<Handled<CustomerState, CustomerEvent>> {
    const target = { kind: 'customer', tenant: origin.caller.tenant, id: externalId };
    const command = { type: 'EraseCustomer', externalId } as const;
    return this.aggregates.decide(customerDecider, target, command, origin);
  }
}
