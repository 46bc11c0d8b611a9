import { decimal } from '../../../kernel/decimal.js';
import type { DailyChanges, Observation, UnitChange } from '../../aggregation.js';
import { textOf } from '../../property-text.js';

const ONE = decimal(1);
const MINUS_ONE = decimal(-1);

/** Whether a value is in, and since when its running day has to do with it. */
interface Presence {
  isIn: boolean;
  /** The local day of the operations seen last. */
  day: number;
  /** Where the removal that ended the value's day stands among the changes; undefined when it did not end. */
  ended: UnitChange | undefined;
}

/**
 * Days on which each value is in: a day counts whole when the value is in at any moment of it, and once however often it comes and goes. So
 * a value is there from the day that adds it, and gone from the day after the one that removes it.
 */
export function dailyPresence(
  before: readonly Observation[],
  within: readonly Observation[],
  dayOf: (timestamp: number) => number,
): DailyChanges {
  const present = new Map<string, boolean>();
  for (const observation of before) present.set(valueOf(observation), isAdded(observation));
  const carried = [...present.values()].filter(Boolean).length;
  const changes: UnitChange[] = [];
  const days = new Map<string, Presence>();
  for (const observation of within) {
    const value = valueOf(observation);
    const day = dayOf(observation.timestamp);
    const known = days.get(value);
    const presence =
      known?.day === day ? known : beginDay(known?.isIn ?? present.get(value) ?? false, day);
    days.set(value, presence);
    operate(presence, isAdded(observation), changes);
  }
  return { carried: decimal(carried), changes };
}

const beginDay = (isIn: boolean, day: number): Presence => ({
  isIn,
  day,
  ended: undefined,
});

function operate(presence: Presence, adds: boolean, changes: UnitChange[]): void {
  if (adds === presence.isIn) return;
  presence.isIn = adds;
  if (!adds) {
    presence.ended = { units: MINUS_ONE, day: presence.day + 1 };
    changes.push(presence.ended);
    return;
  }
  const { ended } = presence;
  if (ended !== undefined) {
    // It is back on the day that it went: it was never gone.
    changes.splice(changes.indexOf(ended), 1);
    presence.ended = undefined;
    return;
  }
  changes.push({ units: ONE, day: presence.day });
}

const valueOf = ({ value }: Observation): string => textOf(value) as string;

const isAdded = ({ operation }: Observation): boolean => operation !== 'remove';
