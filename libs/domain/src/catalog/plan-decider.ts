import type { Decider } from '../kernel/decider.js';
import { refuseInvalid } from '../kernel/field-check.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import type { PlanEvent } from './catalog-events.js';
import type { Plan } from './plan.js';
import { checkPlan, type PlanSurroundings } from './plan-check.js';

/**
 * Publishes a plan: version 1 of a new code, the next version when anything differs, nothing when it says the same. An archived
 * plan comes back with its next version. `known` is what the catalog holds at the decision.
 */
export interface PublishPlan {
  readonly type: 'PublishPlan';
  readonly plan: Omit<Plan, 'version'>;
  readonly known: PlanSurroundings;
}

/** Takes the plan off sale; subscriptions on it go on. */
export interface ArchivePlan {
  readonly type: 'ArchivePlan';
  readonly code: string;
}

export type PlanCommand = PublishPlan | ArchivePlan;

export type PlanState =
  { readonly status: 'none' } | { readonly status: 'published' | 'archived'; readonly plan: Plan };

type KnownPlan = Exclude<PlanState, { status: 'none' }>;

export const planDecider: Decider<PlanState, PlanCommand, PlanEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'PublishPlan':
        refuseInvalid('The plan', checkPlan(command.plan, command.known));
        return publish(command.plan, state);
      case 'ArchivePlan':
        return archive(command.code, state);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'PlanPublished':
        return { status: 'published', plan: event.data };
      case 'PlanArchived':
        return { plan: (state as KnownPlan).plan, status: 'archived' };
    }
  },
};

function publish(plan: Omit<Plan, 'version'>, state: PlanState): PlanEvent[] {
  const version = state.status === 'none' ? 1 : state.plan.version + 1;
  if (state.status === 'published') {
    if (sameValue({ ...plan, version: state.plan.version }, state.plan)) return [];
  }
  return [{ type: 'PlanPublished', data: { ...plan, version } }];
}

function archive(code: string, state: PlanState): PlanEvent[] {
  if (state.status === 'none') {
    throw new RuleBroken('plan_not_found', `No plan ${code}.`, 'not_found');
  }
  return state.status === 'archived' ? [] : [{ type: 'PlanArchived', data: { code } }];
}
