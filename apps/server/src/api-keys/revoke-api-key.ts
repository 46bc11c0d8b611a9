import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { tenantDecider, type TenantEvent, type TenantState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class RevokeApiKey extends Command<Handled<TenantState, TenantEvent>> {
  constructor(
    readonly keyId: string,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(RevokeApiKey)
export class RevokeApiKeyHandler implements ICommandHandler<RevokeApiKey> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ keyId, origin }: RevokeApiKey): Promise<Handled<TenantState, TenantEvent>> {
    const { tenant } = origin.caller;
    const command = { type: 'RevokeApiKey', keyId } as const;
    return this.aggregates.decide(tenantDecider, { kind: 'tenant', tenant }, command, origin);
  }
}
