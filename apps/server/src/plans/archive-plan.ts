import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { planDecider, type PlanEvent, type PlanState } from '@odometer/domain';
import type { Handled } from '@odometer/event-store';
import { Aggregates, type CommandOrigin } from '../commands/aggregates.js';

export class ArchivePlan extends Command<Handled<PlanState, PlanEvent>> {
  constructor(
    readonly code: string,
    readonly origin: CommandOrigin,
  ) {
    super();
  }
}

@CommandHandler(ArchivePlan)
export class ArchivePlanHandler implements ICommandHandler<ArchivePlan> {
  constructor(private readonly aggregates: Aggregates) {}

  execute({ code, origin }: ArchivePlan): Promise<Handled<PlanState, PlanEvent>> {
    const target = { kind: 'plan', tenant: origin.caller.tenant, id: code };
    const command = { type: 'ArchivePlan', code } as const;
    return this.aggregates.decide(planDecider, target, command, origin);
  }
}
