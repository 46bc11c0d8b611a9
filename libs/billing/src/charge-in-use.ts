import {
  chargeName,
  detailsOf,
  toText,
  unitAmountOf,
  ZERO,
  type JsonObject,
  type PricedAdjustment,
  type PricedCharge,
  type PricedPart,
  type UsageTotal,
} from '@odometer/domain';

/** Groups listed per charge; those with the most events come first and `groupsCount` says how many there are. */
export const GROUPS_SHOWN_MAX = 1_000;

/** What some of the records of a charge come to. Units are decimal text; amounts are integers in the smallest unit. */
export interface ShareInUse {
  readonly units: string;
  readonly eventsCount: number;
  readonly amount: number;
}

/** The records of one filter of the charge. */
export interface FilterInUse extends ShareInUse {
  /** Null for the records that no filter takes. */
  readonly values: Readonly<Record<string, readonly string[]>> | null;
  readonly displayName: string | null;
}

/** The records with the same values of the group keys. */
export interface GroupInUse extends Omit<ShareInUse, 'amount'> {
  readonly group: UsageTotal['group'];
  /** Null for groups of the meter, which are not priced by themselves. */
  readonly amount: number | null;
  /** Empty where the charge has no filters. */
  readonly filters: readonly FilterInUse[];
}

/** One charge of the running period. */
export interface ChargeInUse extends ShareInUse {
  readonly meterCode: string;
  readonly model: string;
  readonly displayName: string;
  /** Decimal text: the effective price of a unit in major units. */
  readonly unitAmount: string;
  readonly details: JsonObject;
  /** One for each filter in the plan's order, the rest last; empty where the charge has none. */
  readonly filters: readonly FilterInUse[];
  /** By the charge's group keys, else by the meter's; empty when there are none. */
  readonly groups: readonly GroupInUse[];
  readonly groupsCount: number;
}

/** A priced charge as it is shown. `ofMeter` are its units by the meter's group-by keys, for charges without keys of their own. */
export function inUse(priced: PricedCharge, ofMeter: readonly UsageTotal[] = []): ChargeInUse {
  const { charge, parts, adjustments } = priced;
  const groups = (charge.groupBy ?? []).length > 0 ? groupsOf(priced) : ofMeter.map(groupOfMeter);
  const shown = [...groups]
    .sort((a, b) => b.eventsCount - a.eventsCount)
    .slice(0, GROUPS_SHOWN_MAX);
  const [only] = parts;
  return {
    meterCode: charge.meterCode,
    model: charge.model,
    displayName: chargeName(charge),
    ...shareOf(parts),
    amount: priced.amount,
    unitAmount: parts.length === 1 && only !== undefined ? unitAmountOf(only) : '0',
    details: {
      ...(parts.length === 1 && only !== undefined ? detailsOf(only) : {}),
      ...(adjustments.length === 0 ? {} : { adjustments: adjustments.map(adjustmentDetails) }),
    },
    filters: filtersOf(priced, parts),
    groups: shown,
    groupsCount: groups.length,
  };
}

const adjustmentDetails = ({ code, amount }: PricedAdjustment): JsonObject => ({ code, amount });

function shareOf(parts: readonly PricedPart[]): ShareInUse {
  return {
    units: toText(parts.reduce((sum, { units }) => sum.plus(units), ZERO)),
    eventsCount: parts.reduce((sum, { part }) => sum + part.total.eventsCount, 0),
    amount: parts.reduce((sum, { amount }) => sum + amount, 0),
  };
}

function filtersOf({ charge }: PricedCharge, parts: readonly PricedPart[]): FilterInUse[] {
  const { filters = [] } = charge;
  if (filters.length === 0) return [];
  return [...filters.keys(), null].map((index) => {
    const filter = index === null ? undefined : filters[index];
    return {
      values: filter?.values ?? null,
      displayName: filter?.displayName ?? null,
      ...shareOf(parts.filter(({ part }) => part.key.filter === index)),
    };
  });
}

function groupsOf(priced: PricedCharge): GroupInUse[] {
  const byGroup = new Map<string, PricedPart[]>();
  for (const part of priced.parts) {
    const name = JSON.stringify(part.part.key.group);
    const known = byGroup.get(name);
    if (known === undefined) byGroup.set(name, [part]);
    else known.push(part);
  }
  return [...byGroup.values()].map((parts) => ({
    group: parts[0]!.part.key.group,
    ...shareOf(parts),
    filters: filtersOf(priced, parts),
  }));
}

const groupOfMeter = ({ group, value, eventsCount }: UsageTotal): GroupInUse => ({
  group,
  units: toText(value),
  eventsCount,
  amount: null,
  filters: [],
});
