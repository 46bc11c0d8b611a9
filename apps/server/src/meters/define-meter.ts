import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  meterDecider,
  type MeterDefinition,
  type MeterEvent,
  type MeterState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class DefineMeter extends Command<Handled<MeterState, MeterEvent>> {
  constructor(
    readonly meter: MeterDefinition,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(DefineMeter)
export class DefineMeterHandler implements ICommandHandler<DefineMeter> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ meter, origin }: DefineMeter): Promise<Handled<MeterState, MeterEvent>> {
    const target = { kind: 'meter', tenant: origin.caller.tenant, id: meter.code };
    return this.aggregates.decide(
      meterDecider,
      target,
      { type: 'DefineMeter', meter } as const,
      origin,
    );
  }
}
