import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { planDecider, type Plan, type PlanEvent, type PlanState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';
import { Catalog } from '../commands/catalog.js';

export class PublishPlan extends Command<Handled<PlanState, PlanEvent>> {
  constructor(
    readonly plan: Omit<Plan, 'version'>,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(PublishPlan)
export class PublishPlanHandler implements ICommandHandler<PublishPlan> {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly catalog: Catalog,
  ) {}

  async execute({ plan, origin }: PublishPlan): Promise<Handled<PlanState, PlanEvent>> {
    const { tenant } = origin.caller;
    const meters = plan.charges.map((charge) => charge.meterCode);
    const features = plan.entitlements.map((entitlement) => entitlement.featureCode);
    const known = {
      meters: await this.catalog.metersInUse(tenant, meters),
      features: await this.catalog.featuresInUse(tenant, features),
    };
    const target = { kind: 'plan', tenant, id: plan.code };
    const command = { type: 'PublishPlan', plan, known } as const;
    return this.aggregates.decide(planDecider, target, command, origin);
  }
}
