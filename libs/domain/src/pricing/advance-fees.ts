import { ZERO, type Decimal } from '../kernel/decimal.js';
import { toMinor } from '../kernel/money.js';
import type { MeteredEvent } from '../metering/metered-event.js';
import type { Charge } from './charge.js';
import type { ChargeModel, Price, UsageEvent } from './charge-model.js';
import { UNIT_ROUNDINGS } from './prorated-units.js';
import {
  daysFrom,
  daysOf,
  modelOf,
  propertiesOf,
  usageEventsOf,
  type ChargePart,
  type PricingContext,
} from './rate-part.js';

/** What one record of a charge paid in advance costs. */
export interface AdvanceFee {
  /** Null for the units that a recurring meter brought into the period. */
  readonly event: MeteredEvent | null;
  /** Never below zero. */
  readonly units: Decimal;
  /** Integer in the currency's smallest unit. */
  readonly amount: number;
}

/**
 * The fee of each record in the order of time: the price with it less the price without it, both rounded to the smallest unit, so that the
 * fees sum up to the rounded price of all. Units only cost where they rise above the highest that the period has seen: what was
 * taken away and comes back is paid for already. Before the first record nothing is due, not even a flat amount.
 */
export function advanceFees(
  charge: Charge,
  part: ChargePart,
  context: PricingContext,
): AdvanceFee[] {
  const priced = new RunningPrice(charge, part, context);
  const { carried, events, records } = usageEventsOf(part, context);
  const fees: AdvanceFee[] = [];
  if (carried.gt(0)) fees.push({ event: null, units: carried, amount: priced.begin(carried) });
  events.forEach((event, index) => {
    const units = event.units.lt(0) ? ZERO : event.units;
    const record = records[index] as MeteredEvent;
    fees.push({ event: record, units, amount: priced.add(event, record) });
  });
  return fees;
}

/** The price of the records so far, and by how much each new one raises it. */
class RunningPrice {
  private readonly model: ChargeModel;
  private readonly properties;
  private readonly prorated: boolean;
  private level: Decimal = ZERO;
  private highest: Decimal = ZERO;
  private unitDays: Decimal = ZERO;
  private readonly events: UsageEvent[] = [];
  private billed = 0;

  constructor(
    charge: Charge,
    part: ChargePart,
    private readonly context: PricingContext,
  ) {
    this.model = modelOf(charge);
    this.properties = propertiesOf(charge, part.key);
    this.prorated = charge.prorated === true && this.model.prorated !== undefined;
  }

  begin(carried: Decimal): number {
    this.level = carried;
    return this.raise(carried, daysOf(this.context.stretch).days);
  }

  add(event: UsageEvent, { timestamp }: MeteredEvent): number {
    this.level = this.level.plus(event.units);
    this.events.push(event);
    const rise = this.level.gt(this.highest) ? this.level.minus(this.highest) : ZERO;
    return this.raise(rise, daysFrom(this.context.stretch, timestamp));
  }

  private raise(units: Decimal, days: number): number {
    this.highest = this.highest.plus(units);
    this.unitDays = this.unitDays.plus(units.times(days));
    const price = toMinor(this.price().amount, this.context.currency);
    const fee = price - this.billed;
    this.billed = price;
    return fee;
  }

  private price(): Price {
    const { model, properties, highest: units, events } = this;
    if (this.prorated) {
      const { stretch, unitRounding } = this.context;
      // Units by the day sum up, so that all that was so far is as good as one change.
      const changes = [{ units: this.unitDays, days: 1 }];
      const roundUnits = UNIT_ROUNDINGS[unitRounding];
      const usage = { units, changes, fullDays: daysOf(stretch).fullDays, roundUnits };
      return model.prorated!(usage, properties);
    }
    const eventsCount = events.length;
    const usage = { units, eventsCount };
    return model.price(
      model.needsEvents?.(properties) === true ? { ...usage, events } : usage,
      properties,
    );
  }
}
