import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  featureDecider,
  type Feature,
  type FeatureEvent,
  type FeatureState,
} from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Catalog } from '../commands/catalog.js';

export class DefineFeature extends Command<Handled<FeatureState, FeatureEvent>> {
  constructor(
    readonly feature: Feature,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(DefineFeature)
export class DefineFeatureHandler implements ICommandHandler<DefineFeature> {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly catalog: Catalog,
  ) {}

  async execute({ feature, origin }: DefineFeature): Promise<Handled<FeatureState, FeatureEvent>> {
    const { tenant } = origin.caller;
    const named = feature.meterCode === undefined ? [] : [feature.meterCode];
    const knownMeters = new Set((await this.catalog.metersInUse(tenant, named)).keys());
    const command = { type: 'DefineFeature', feature, knownMeters } as const;
    const target = { kind: 'feature', tenant, id: feature.code };
    return this.aggregates.decide(featureDecider, target, command, origin);
  }
}
