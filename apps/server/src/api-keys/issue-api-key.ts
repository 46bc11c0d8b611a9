import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  tenantDecider,
  type IssueApiKey as Issue,
  type TenantEvent,
  type TenantState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class IssueApiKey extends Command<Handled<TenantState, TenantEvent>> {
  constructor(
    readonly issue: Issue,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(IssueApiKey)
export class IssueApiKeyHandler implements ICommandHandler<IssueApiKey> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ issue, origin }: IssueApiKey): Promise<Handled<TenantState, TenantEvent>> {
    const { tenant } = origin.caller;
    return this.aggregates.decide(tenantDecider, { kind: 'tenant', tenant }, issue, origin);
  }
}
