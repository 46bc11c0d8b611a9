import {
  decimal,
  PRICE_PROPERTY,
  priceNamed,
  propertiesCheck,
  refuseInvalid,
  textOf,
  ZERO,
  type Decimal,
  type FieldError,
  type JsonObject,
  type JsonValue,
  type SupposedUsage,
  type UsageEvent,
} from '@odometer/domain';
import {
  SUPPOSED_USAGE,
  type SupposedEventBody,
  type SupposedGroupBody,
  type SupposedUsageBody,
} from './supposed-usage.dto.js';

const check = propertiesCheck({ properties: SUPPOSED_USAGE, check: wrongTogether });

/**
 * The usage that a request supposes, by meter code. Throws RuleBroken `validation_failed` with a pointer to each bad field, also
 * for a meter that is not among `metered`.
 */
export function supposedUsage(
  sent: JsonObject,
  metered: ReadonlySet<string>,
  currency: string,
): Map<string, SupposedUsage[]> {
  const entries = Object.entries(sent).map(([code, value]) => ({ code, usage: unfolded(value) }));
  refuseInvalid(
    'The estimate',
    entries.flatMap(({ code, usage }) => {
      const pointer = `/usage/${code.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const errors = check(usage).map((error) => ({ ...error, pointer: pointer + error.pointer }));
      return metered.has(code) ? errors : [notMetered(code, pointer), ...errors];
    }),
  );
  return new Map(entries.map(({ code, usage }) => [code, partsOf(usage, currency)]));
}

/** A plain number stands for its units. */
const unfolded = (value: JsonValue): JsonObject =>
  typeof value === 'string' || typeof value === 'number' ? { units: value } : (value as JsonObject);

const notMetered = (code: string, pointer: string): FieldError => ({
  pointer,
  code: 'unknown_meter',
  detail: `The plan has no charge on a meter ${code}.`,
});

function wrongTogether(sent: JsonObject): FieldError[] {
  const { groups, ...measures } = sent as SupposedUsageBody;
  if (groups === undefined) return [...unitsBesideParts(measures), ...wrongCount(measures, '')];
  const detail = 'Stands in each of the groups where there are groups.';
  return [
    ...Object.keys(measures).map((field) => notAllowed(`/${field}`, detail)),
    ...groups.flatMap((group, index) => [
      ...wrongCount(group, `/groups/${index}`),
      ...propertiesInGroup(group, `/groups/${index}`),
    ]),
  ];
}

const notAllowed = (pointer: string, detail: string): FieldError => ({
  pointer,
  code: 'not_allowed',
  detail,
});

const hasProperties = ({ properties }: SupposedEventBody): boolean => properties !== undefined;

/** Events that differ in properties may be priced apart, and then each part has the units of its own. */
function unitsBesideParts({ units, events = [] }: Measures): FieldError[] {
  if (units === undefined || !events.some(hasProperties)) return [];
  return [notAllowed('/units', 'Must be left out where events have properties.')];
}

const propertiesInGroup = ({ events = [] }: Measures, at: string): FieldError[] =>
  events.flatMap((event, index) =>
    hasProperties(event)
      ? [
          notAllowed(
            `${at}/events/${index}/properties`,
            'Events of a group have the properties of the group.',
          ),
        ]
      : [],
  );

type Measures = Omit<SupposedUsageBody, 'groups'>;

function wrongCount({ units, events_count: count, events }: Measures, at: string): FieldError[] {
  if (count === undefined) return [];
  if (events !== undefined && events.length !== count) {
    const detail = `Must be the number of events, ${events.length}, or be left out.`;
    return [{ pointer: `${at}/events_count`, code: 'mismatch', detail }];
  }
  if (events !== undefined || units !== undefined || count === 0) return [];
  const detail = 'Must be there with events_count: how much the records come to.';
  return [{ pointer: `${at}/units`, code: 'required', detail }];
}

function partsOf(sent: JsonObject, currency: string): SupposedUsage[] {
  const { groups, ...measures } = sent as SupposedUsageBody;
  if (groups !== undefined) return groups.map((group) => groupUsage(group, currency));
  const { events = [] } = measures;
  if (!events.some(hasProperties)) {
    return [groupUsage({ ...measures, properties: {} }, currency)];
  }
  return events.map(({ properties = {}, ...event }) =>
    groupUsage({ events: [event], properties }, currency),
  );
}

function groupUsage(group: SupposedGroupBody, currency: string): SupposedUsage {
  const events = group.events?.map((event) => usageEvent(event, currency));
  const units = group.units === undefined ? sumOf(events ?? []) : decimal(group.units);
  const assumed = units.eq(0) ? 0 : 1;
  return {
    units,
    eventsCount: group.events_count ?? events?.length ?? assumed,
    events: events ?? (units.eq(0) ? [] : undefined),
    properties: Object.fromEntries(
      Object.entries(group.properties).map(([key, value]) => [key, textOf(value)]),
    ),
  };
}

const usageEvent = (event: SupposedEventBody, currency: string): UsageEvent => ({
  units: decimal(event.units ?? 1),
  price: priceNamed(event[PRICE_PROPERTY], currency),
});

const sumOf = (events: readonly UsageEvent[]): Decimal =>
  events.reduce((sum, { units }) => sum.plus(units), ZERO);
