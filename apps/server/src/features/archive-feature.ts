import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { featureDecider, type FeatureEvent, type FeatureState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class ArchiveFeature extends Command<Handled<FeatureState, FeatureEvent>> {
  constructor(
    readonly code: string,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(ArchiveFeature)
export class ArchiveFeatureHandler implements ICommandHandler<ArchiveFeature> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ code, origin }: ArchiveFeature): Promise<Handled<FeatureState, FeatureEvent>> {
    const target = { kind: 'feature', tenant: origin.caller.tenant, id: code };
    const command = { type: 'ArchiveFeature', code } as const;
    return this.aggregates.decide(featureDecider, target, command, origin);
  }
}
