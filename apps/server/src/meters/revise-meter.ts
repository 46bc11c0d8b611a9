import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  meterDecider,
  type MeterEvent,
  type MeterState,
  type ReviseMeter as ReviseMeterCommand,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class ReviseMeter extends Command<Handled<MeterState, MeterEvent>> {
  constructor(
    readonly revision: ReviseMeterCommand,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(ReviseMeter)
export class ReviseMeterHandler implements ICommandHandler<ReviseMeter> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ revision, origin }: ReviseMeter): Promise<Handled<MeterState, MeterEvent>> {
    const target = { kind: 'meter', tenant: origin.caller.tenant, id: revision.meter.code };
    return this.aggregates.decide(meterDecider, target, revision, origin);
  }
}
