import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { tenantDecider, type TenantEvent, type TenantState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class CreateTenant extends Command<Handled<TenantState, TenantEvent>> {
  constructor(
    readonly tenantId: string,
    readonly tenantName: string,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(CreateTenant)
export class CreateTenantHandler implements ICommandHandler<CreateTenant> {
  constructor(private readonly aggregates: Aggregates) {}

  execute(command: CreateTenant): Promise<Handled<TenantState, TenantEvent>> {
    const { tenantId, tenantName: name, origin } = command;
    return this.aggregates.decide(
      tenantDecider,
      { kind: 'tenant', tenant: tenantId },
      { type: 'CreateTenant', tenantId, name },
      origin,
    );
  }
}
