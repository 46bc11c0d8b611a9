import { decimal, toText, ZERO, type Decimal } from '../../kernel/decimal.js';
import type { JsonObject } from '../../kernel/json.js';
import { RuleBroken } from '../../kernel/rule-broken.js';
import type { UsageTotal } from '../../metering/usage-slice.js';
import { adjustCharge, type PricedAdjustment } from '../adjustments/adjust-charge.js';
import type { Charge } from '../charge.js';
import { partGroupOf, partKeyOf, type PartKey } from '../charge-filter.js';
import type { ChargeUsage } from '../charge-model.js';
import { modelOf, propertiesOf } from '../rate-part.js';
import { rateCharge, type RatedCharge } from '../rating.js';

/** A supposed usage: units, and the properties that filters and groups tell records apart by. */
export interface SupposedUsage extends ChargeUsage {
  readonly properties: UsageTotal['group'];
}

/** What the units of one filter and group come to. */
export interface EstimatedPart extends RatedCharge {
  readonly key: PartKey;
  readonly eventsCount: number;
}

/** What a charge comes to in a full period. Amounts are integers in the smallest unit. */
export interface ChargeEstimate {
  readonly charge: Charge;
  /** Decimal text, never below zero: of all parts together. */
  readonly units: string;
  readonly eventsCount: number;
  /** In the order of the filters, the rest last; for a charge with groups, those that have usage. */
  readonly parts: readonly EstimatedPart[];
  /** In the order in which they are applied; those that change nothing are left out. */
  readonly adjustments: readonly PricedAdjustment[];
  /** Sum of the parts and the adjustments. */
  readonly amount: number;
}

const FULL_PERIOD = { closesPeriod: true, days: 1, fullDays: 1 };

/**
 * Prices a supposed usage of a full period: each part as `rateCharge` does. Units of a prorated charge are there from the first day
 * to the last; a charge paid in advance costs the sum of its fees, which is nothing before the first record. Throws RuleBroken
 * `events_required` where the price looks at single records and only their total is supposed.
 */
export function estimateCharge(
  charge: Charge,
  usages: readonly SupposedUsage[],
  currency: string,
): ChargeEstimate {
  const parts = partsOf(charge, usages).map(({ key, usage }) =>
    estimatePart(charge, key, usage, currency),
  );
  const used = parts.reduce((sum, { amount }) => sum + amount, 0);
  const adjustments = adjustCharge(charge, used, currency, () => FULL_PERIOD);
  const units = parts.reduce((sum, part) => sum.plus(decimal(part.units)), ZERO);
  return {
    charge,
    units: toText(units),
    eventsCount: parts.reduce((sum, { eventsCount }) => sum + eventsCount, 0),
    parts,
    adjustments,
    amount: adjustments.reduce((sum, { amount }) => sum + amount, used),
  };
}

interface SupposedPart {
  readonly key: PartKey;
  readonly usage: ChargeUsage;
}

function estimatePart(
  charge: Charge,
  key: PartKey,
  usage: ChargeUsage,
  currency: string,
): EstimatedPart {
  const properties = propertiesOf(charge, key);
  checkEvents(charge, properties, usage);
  const rated = rateCharge({ charge: { model: charge.model, properties }, usage, currency });
  const { eventsCount, units } = usage;
  if (charge.payInAdvance !== true || eventsCount > 0 || units.gt(0)) {
    return { ...rated, key, eventsCount };
  }
  return { ...rated, key, eventsCount, amount: 0, unitAmount: '0', details: NOTHING_DUE };
}

function checkEvents(charge: Charge, properties: JsonObject, { events }: ChargeUsage): void {
  if (events !== undefined || modelOf(charge).needsEvents?.(properties) !== true) return;
  const { model, meterCode } = charge;
  const detail = `Must be listed: a ${model} price depends on single records, so that their total alone cannot be priced.`;
  const pointer = `/usage/${meterCode}/events`;
  const errors = [{ pointer, code: 'events_required', detail }];
  throw new RuleBroken('events_required', `Not valid: ${pointer}.`, 'invalid', errors);
}

const NOTHING_DUE = { amount: '0', steps: [] };

function partsOf(charge: Charge, usages: readonly SupposedUsage[]): SupposedPart[] {
  const groupOf = partGroupOf(charge);
  const byKey = new Map<string, SupposedPart>();
  const { filters = [], groupBy = [] } = charge;
  if (groupBy.length === 0) {
    for (const filter of [...filters.keys(), null]) {
      const key = { filter, group: {} };
      byKey.set(nameOf(key), { key, usage: NO_USAGE });
    }
  }
  for (const usage of usages) {
    const key = partKeyOf(groupOf(usage.properties));
    const known = byKey.get(nameOf(key));
    byKey.set(nameOf(key), { key, usage: added(known?.usage ?? NO_USAGE, usage) });
  }
  return [...byKey.values()];
}

const nameOf = ({ filter, group }: PartKey): string => JSON.stringify([filter, group]);

const NO_USAGE: ChargeUsage = { units: ZERO, eventsCount: 0, events: [] };

/** Records are known of the sum only where they are known of both. */
function added(a: ChargeUsage, b: ChargeUsage): ChargeUsage {
  const units: Decimal = a.units.plus(b.units);
  const eventsCount = a.eventsCount + b.eventsCount;
  const { events } = a;
  if (events === undefined || b.events === undefined) return { units, eventsCount };
  return { units, eventsCount, events: [...events, ...b.events] };
}
