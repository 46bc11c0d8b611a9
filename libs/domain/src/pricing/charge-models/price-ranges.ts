import { Type, type TSchema } from '@sinclair/typebox';
import { ZERO, type Decimal } from '../../kernel/decimal.js';
import type { JsonObject } from '../../kernel/json.js';
import type { FieldError } from '../../kernel/rule-broken.js';
import type { Price, PriceStep } from '../charge-model.js';
import { decimalOf, decimalProperty } from './decimal-property.js';
import { priceOf } from './price-of.js';

export const PRICE_RANGES_MAX = 100;

/** Units above `above` up to and including `upTo` (null: without end). */
export interface PriceRange {
  readonly above: Decimal;
  readonly upTo: Decimal | null;
  /** Both ends, as a person reads them. */
  readonly label: string;
  readonly perUnitAmount: Decimal;
  readonly flatAmount: Decimal;
}

const FLAT_AMOUNT = Type.Optional(
  decimalProperty('Due once when the range is entered, in major units.'),
);

/** The schema of a list of ranges; `unitPrice` is what a unit costs, by the field that says so. */
export const priceRangesProperty = (
  description: string,
  unitPrice: Record<string, TSchema> = {
    per_unit_amount: Type.Optional(decimalProperty('Price of one unit in major units.')),
  },
): TSchema =>
  Type.Array(
    Type.Object(
      {
        from_value: decimalProperty('First unit of the range: the previous to_value, or 1 more.'),
        to_value: Type.Union([decimalProperty('Last unit of the range.'), Type.Null()], {
          description: 'Last unit of the range; null for the last range, which has no end.',
        }),
        ...unitPrice,
        flat_amount: FLAT_AMOUNT,
      },
      { additionalProperties: false },
    ),
    { description, minItems: 1, maxItems: PRICE_RANGES_MAX },
  );

/**
 * Ranges follow each other from 0 without gap or overlap, and only the last one is open. They may be written `0–5, 6–∞` or
 * `0–5, 5–∞`; both mean the same, because a range begins where the previous one ends and fractions between 5 and 6
 * belong to the second.
 */
export function checkPriceRanges(properties: JsonObject, key: string): FieldError[] {
  const ranges = properties[key] as JsonObject[];
  return ranges.flatMap((range, index) => [
    ...checkFrom(range, ranges[index - 1], `/${key}/${index}/from_value`),
    ...checkTo(range, index === ranges.length - 1, `/${key}/${index}/to_value`),
  ]);
}

function checkFrom(
  range: JsonObject,
  previous: JsonObject | undefined,
  pointer: string,
): FieldError[] {
  const from = decimalOf(range['from_value']);
  if (previous === undefined) {
    if (from.eq(0)) return [];
    return [{ pointer, code: 'range_gap', detail: 'The first range starts at 0.' }];
  }
  // A range with an open predecessor is reported there.
  if (previous['to_value'] === null) return [];
  const end = decimalOf(previous['to_value']);
  if (from.eq(end) || from.eq(end.plus(1))) return [];
  const detail = `The range starts at the end of the previous one, ${end.toFixed()}, or 1 above it.`;
  return [{ pointer, code: from.lt(end) ? 'range_overlap' : 'range_gap', detail }];
}

function checkTo(range: JsonObject, last: boolean, pointer: string): FieldError[] {
  if (range['to_value'] === null) {
    if (last) return [];
    return [{ pointer, code: 'range_open', detail: 'Only the last range is without end.' }];
  }
  if (last) return [{ pointer, code: 'range_closed', detail: 'The last range has no end: null.' }];
  const from = decimalOf(range['from_value']);
  const to = decimalOf(range['to_value']);
  if (to.gt(0) && to.gte(from)) return [];
  return [
    { pointer, code: 'range_empty', detail: 'A range ends above 0 and not before its start.' },
  ];
}

/** What lists of ranges say, as long as the plan that they are from is in use: a charge with groups is priced by them once for each. */
const rangesWritten = new WeakMap<readonly JsonObject[], readonly PriceRange[]>();

/**
 * The ranges of properties that passed schema and check. Each begins where the previous one ends. A key stands for one model, so for the
 * same key `perUnitAmount` must be the same.
 */
export function priceRangesOf(
  properties: JsonObject,
  key: string,
  perUnitAmount = (range: JsonObject): Decimal => decimalOf(range['per_unit_amount']),
): readonly PriceRange[] {
  const written = properties[key] as JsonObject[];
  const known = rangesWritten.get(written);
  if (known !== undefined) return known;
  const ranges = written.map((range, index) => rangeOf(range, written[index - 1], perUnitAmount));
  rangesWritten.set(written, ranges);
  return ranges;
}

function rangeOf(
  range: JsonObject,
  previous: JsonObject | undefined,
  perUnitAmount: (range: JsonObject) => Decimal,
): PriceRange {
  const above = previous === undefined ? ZERO : decimalOf(previous['to_value']);
  const upTo = range['to_value'] === null ? null : decimalOf(range['to_value']);
  return {
    above,
    upTo,
    label: `${above.toFixed()} – ${upTo?.toFixed() ?? '∞'}`,
    perUnitAmount: perUnitAmount(range),
    flatAmount: decimalOf(range['flat_amount']),
  };
}

/** Units of one range, priced. */
export function rangeStep(range: PriceRange, units: Decimal): PriceStep {
  const { label, perUnitAmount: unitAmount, flatAmount } = range;
  return { label, units, unitAmount, flatAmount, amount: units.times(unitAmount).plus(flatAmount) };
}

/** What of the units lies in the range; none when they end below it. */
export function sliceOf({ above, upTo }: PriceRange, units: Decimal): Decimal {
  const end = upTo !== null && units.gt(upTo) ? upTo : units;
  return end.gt(above) ? end.minus(above) : ZERO;
}

/** Whether a total reaches into the range. The first range counts as entered even with no units. */
export const isEntered = ({ above }: PriceRange, units: Decimal): boolean =>
  above.eq(0) || units.gt(above);

/** Each unit priced by the range that it falls in, with the flat amounts of the ranges that are entered. */
export const priceBySlices = (ranges: readonly PriceRange[], units: Decimal): Price =>
  priceOf(
    ranges
      .filter((range) => isEntered(range, units))
      .map((range) => rangeStep(range, sliceOf(range, units))),
  );
