import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { meterDecider, type MeterEvent, type MeterState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class ArchiveMeter extends Command<Handled<MeterState, MeterEvent>> {
  constructor(
    readonly code: string,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(ArchiveMeter)
export class ArchiveMeterHandler implements ICommandHandler<ArchiveMeter> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ code, origin }: ArchiveMeter): Promise<Handled<MeterState, MeterEvent>> {
    const target = { kind: 'meter', tenant: origin.caller.tenant, id: code };
    return this.aggregates.decide(
      meterDecider,
      target,
      { type: 'ArchiveMeter', code } as const,
      origin,
    );
  }
}
