import { RuleBroken } from '../../kernel/rule-broken.js';
import type { ChargeUsage, UsageEvent } from '../charge-model.js';

/** The records of a usage that is priced by them. Throws RuleBroken `events_required` when only their total is there. */
export function eventsOf({ events }: ChargeUsage): readonly UsageEvent[] {
  if (events !== undefined) return events;
  throw new RuleBroken(
    'events_required',
    'This price depends on single records; their total alone cannot be priced.',
  );
}
