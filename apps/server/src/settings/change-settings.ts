import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { settingsDecider, type SettingsEvent, type TenantSettings } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class ChangeSettings extends Command<Handled<TenantSettings, SettingsEvent>> {
  constructor(
    readonly changes: Partial<TenantSettings>,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(ChangeSettings)
export class ChangeSettingsHandler implements ICommandHandler<ChangeSettings> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ changes, origin }: ChangeSettings): Promise<Handled<TenantSettings, SettingsEvent>> {
    const target = { kind: 'settings', tenant: origin.caller.tenant };
    return this.aggregates.decide(
      settingsDecider,
      target,
      { type: 'ChangeSettings', changes },
      origin,
    );
  }
}
