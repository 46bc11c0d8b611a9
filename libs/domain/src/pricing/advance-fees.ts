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

/** The usage up to and with one record. */
interface Moment {
  readonly event: MeteredEvent | null;
  readonly units: Decimal;
  /** The highest that the units have been. */
  readonly highest: Decimal;
  /** Units weighed by the days that they are there for. */
  readonly unitDays: Decimal;
  readonly eventsCount: number;
}

/**
 * The fees of the records of a part, in the order of time. The fee of a record is the price with it less the price without it, both rounded to
 * the smallest unit, so that fees sum up to the rounded price of all. Units only cost where they rise above the highest that the
 * period has seen: what was taken away and comes back is paid for already. Before the first record nothing is due, not even a flat amount.
 *
 * Fees are computed when they are asked for: where a price looks at all records before, each costs a pass over them.
 */
export class AdvanceFees {
  private readonly model: ChargeModel;
  private readonly properties;
  private readonly prorated: boolean;
  private readonly events: readonly UsageEvent[];
  private readonly moments: readonly Moment[];
  private readonly prices = new Map<number, number>();

  constructor(
    charge: Charge,
    part: ChargePart,
    private readonly context: PricingContext,
  ) {
    this.model = modelOf(charge);
    this.properties = propertiesOf(charge, part.key);
    this.prorated = charge.prorated === true && this.model.prorated !== undefined;
    const { carried, events, records } = usageEventsOf(part, context);
    this.events = events;
    this.moments = momentsOf(carried, events, records, context);
  }

  /** What all records come to. */
  get amount(): number {
    return this.priceAt(this.moments.length - 1);
  }

  /** The fees of the records that are chosen; `null` stands for the units that were carried over. */
  of(isChosen: (event: MeteredEvent | null) => boolean): AdvanceFee[] {
    return this.moments.flatMap(({ event, units }, index) =>
      isChosen(event)
        ? [{ event, units, amount: this.priceAt(index) - this.priceAt(index - 1) }]
        : [],
    );
  }

  /** The rounded price of the records up to an index. */
  private priceAt(index: number): number {
    const moment = this.moments[index];
    if (moment === undefined) return 0;
    const known = this.prices.get(index);
    if (known !== undefined) return known;
    const price = toMinor(this.price(moment).amount, this.context.currency);
    this.prices.set(index, price);
    return price;
  }

  private price({ highest: units, unitDays, eventsCount }: Moment): Price {
    const { model, properties } = this;
    if (this.prorated) {
      const { stretch, unitRounding } = this.context;
      // Units by the day sum up, so that all that was so far is as good as one change.
      const changes = [{ units: unitDays, days: 1 }];
      const roundUnits = UNIT_ROUNDINGS[unitRounding];
      const usage = { units, changes, fullDays: daysOf(stretch).fullDays, roundUnits };
      return model.prorated!(usage, properties);
    }
    if (model.needsEvents?.(properties) !== true) {
      return model.price({ units, eventsCount }, properties);
    }
    const events = this.events.slice(0, eventsCount);
    return model.price({ units, eventsCount, events }, properties);
  }
}

function momentsOf(
  carried: Decimal,
  events: readonly UsageEvent[],
  records: readonly MeteredEvent[],
  { stretch }: PricingContext,
): Moment[] {
  const moments: Moment[] = [];
  let level = carried;
  let highest = carried.gt(0) ? carried : ZERO;
  let unitDays = highest.times(daysOf(stretch).days);
  if (carried.gt(0)) {
    moments.push({ event: null, units: carried, highest, unitDays, eventsCount: 0 });
  }
  events.forEach((event, index) => {
    const record = records[index] as MeteredEvent;
    level = level.plus(event.units);
    if (level.gt(highest)) {
      unitDays = unitDays.plus(level.minus(highest).times(daysFrom(stretch, record.timestamp)));
      highest = level;
    }
    const units = event.units.lt(0) ? ZERO : event.units;
    moments.push({ event: record, units, highest, unitDays, eventsCount: index + 1 });
  });
  return moments;
}
