import fc from 'fast-check';
import { decimal, ZERO, type Decimal } from '../kernel/decimal.js';
import type { JsonObject } from '../kernel/json.js';
import type { ChargeModel, ChargeUsage, Price, UsageEvent } from './charge-model.js';
import { chargeModels } from './charge-models/registry.js';

/** A charge model with properties that it accepts. */
export interface ModelledPrice {
  readonly model: ChargeModel;
  readonly properties: JsonObject;
}

const hundredths = fc.integer({ min: 0, max: 5_000 });

export const textOfHundredths = (value: number): string => decimal(value).div(100).toFixed();

const amounts = hundredths.map(textOfHundredths);

/** Ranges of ascending ends, each with its prices. */
const rangesOf = (unitPrice: string) =>
  fc
    .array(fc.record({ width: fc.integer({ min: 1, max: 900 }), unit: amounts, flat: amounts }), {
      minLength: 1,
      maxLength: 4,
    })
    .map((list) => {
      let end = 0;
      return list.map(({ width, unit, flat }, index) => {
        const from_value = textOfHundredths(end);
        end += width;
        const to_value = index === list.length - 1 ? null : textOfHundredths(end);
        return { from_value, to_value, [unitPrice]: unit, flat_amount: flat };
      });
    });

const PROPERTIES: Readonly<Record<string, fc.Arbitrary<JsonObject>>> = {
  standard: fc.record({ amount: amounts }),
  graduated: rangesOf('per_unit_amount').map((list) => ({ graduated_ranges: list })),
  volume: rangesOf('per_unit_amount').map((list) => ({ volume_ranges: list })),
  package: fc.record({
    amount: amounts,
    package_size: fc.integer({ min: 1, max: 900 }).map(textOfHundredths),
    free_units: amounts,
  }),
  percentage: fc.record({
    rate: amounts,
    fixed_amount: amounts,
    free_units_per_events: fc.integer({ min: 0, max: 3 }),
    free_units_per_total_aggregation: amounts,
  }),
  graduated_percentage: rangesOf('rate').map((list) => ({ graduated_percentage_ranges: list })),
};

/** Prices of a model; of one that is not described here, its example. */
const pricesOf = (model: ChargeModel): fc.Arbitrary<ModelledPrice> =>
  (PROPERTIES[model.code] ?? fc.constant(model.example)).map((properties) => ({
    model,
    properties,
  }));

/** A price of any registered model, but for those that are left out. */
export const anyPrice = (...without: string[]): fc.Arbitrary<ModelledPrice> =>
  fc.oneof(...chargeModels.filter(({ code }) => !without.includes(code)).map(pricesOf));

/** Records with units and a price of their own, both in hundredths from the least on. */
export const records = (min: number): fc.Arbitrary<UsageEvent[]> => {
  const some = fc.integer({ min, max: 3_000 }).map((value) => decimal(textOfHundredths(value)));
  return fc.array(fc.record({ units: some, price: some }), { maxLength: 8 });
};

export const sumOf = (values: readonly Decimal[]): Decimal =>
  values.reduce((sum, value) => sum.plus(value), ZERO);

/** The usage that records make, as a sum meter counts it. */
export function usageOf(events: readonly UsageEvent[]): ChargeUsage {
  const units = sumOf(events.map((event) => event.units));
  return { units: units.lt(0) ? ZERO : units, eventsCount: events.length, events };
}

export const priced = (
  { model, properties }: ModelledPrice,
  events: readonly UsageEvent[],
): Price => model.price(usageOf(events), properties);
