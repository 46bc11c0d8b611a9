import { planDecider, RuleBroken, type FieldError, type Plan } from '@odometer/domain';
import type { Catalog } from '../commands/catalog.js';
import { notFound } from '../http/answers.js';
import { planOf } from '../plans/plan.dto.js';
import type { EstimateBody, EstimatedPlanBody } from './estimate.dto.js';

/** Stands for the code and the name of a plan that is not published. */
const UNPUBLISHED = 'estimate';

/**
 * The plan that a request is about: one on sale, or the one that it brings along, which has to be fit to be published. Throws HttpProblem
 * 404, and RuleBroken `validation_failed` with pointers into the request.
 */
export async function estimatedPlan(
  tenant: string,
  { plan_code: code, plan }: EstimateBody,
  catalog: Catalog,
): Promise<Plan> {
  if (code != null && plan == null) {
    const found = await catalog.plan(tenant, code);
    if (found === null) throw notFound('plan', code);
    return found;
  }
  if (plan == null || code != null) throw oneOfBoth();
  return asIfPublished(tenant, plan, catalog);
}

/** The decision of publishing it, without the event. */
async function asIfPublished(
  tenant: string,
  body: EstimatedPlanBody,
  catalog: Catalog,
): Promise<Plan> {
  const plan = planOf(body.code ?? UNPUBLISHED, { ...body, name: body.name ?? UNPUBLISHED });
  const known = {
    meters: await catalog.metersInUse(
      tenant,
      plan.charges.map(({ meterCode }) => meterCode),
    ),
    features: await catalog.featuresInUse(
      tenant,
      plan.entitlements.map(({ featureCode }) => featureCode),
    ),
  };
  try {
    const command = { type: 'PublishPlan', plan, known } as const;
    const events = planDecider.decide(command, planDecider.initialState());
    const state = events.reduce(planDecider.evolve, planDecider.initialState());
    if (state.status !== 'published') throw new Error('a plan that was published is not there');
    return state.plan;
  } catch (error) {
    if (error instanceof RuleBroken) throw pointingInto('/plan', error);
    throw error;
  }
}

const pointingInto = (place: string, { code, message, kind, errors }: RuleBroken): RuleBroken =>
  new RuleBroken(
    code,
    message,
    kind,
    errors.map((error) => ({ ...error, pointer: place + error.pointer })),
  );

function oneOfBoth(): RuleBroken {
  const detail = 'Must have exactly one of "plan_code" and "plan".';
  const error: FieldError = { pointer: '/plan_code', code: 'one_plan', detail };
  return new RuleBroken('validation_failed', detail, 'invalid', [error]);
}
