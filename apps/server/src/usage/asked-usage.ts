import {
  fromIso,
  RuleBroken,
  type Meter,
  type Period,
  type UsageSlice,
  type UsageTotal,
  type UsageWindow,
} from '@odometer/domain';
import type { WindowsAnswer } from '@odometer/read-models';

/** Properties that one answer is grouped by. */
export const GROUP_KEYS_MAX = 3;

/** Groups that `top` may ask for. */
export const TOP_MAX = 100;

/** The group of all that are not among the largest. */
export const OTHER: UsageTotal['group'] = {};

const HOUR_MS = 3_600_000;

/** A question about usage, checked. */
export interface AskedUsage {
  readonly meter: Meter;
  readonly period: Period;
  readonly timezone: string;
  readonly window: UsageWindow | undefined;
  /** Whose usage, over the whole period. */
  readonly slices: readonly UsageSlice[];
  readonly groupBy: readonly string[];
  readonly filter: Readonly<Record<string, readonly string[]>>;
  readonly top: number | undefined;
}

/** Usage over time, read. */
export interface UsageOverTime {
  readonly period: Period;
  /** The windows asked for; the period itself when none were. */
  readonly windows: readonly Period[];
  readonly grouped: boolean;
  /** One answer for each window. */
  readonly answer: WindowsAnswer;
  /** Of the whole period, ungrouped, from the same snapshot. */
  readonly total: UsageTotal;
}

export function periodOf({ from, to }: { readonly from: string; readonly to: string }): Period {
  const period = { from: fromIso(from), to: fromIso(to) };
  if (period.from < period.to) return period;
  throw invalid('/to', 'not_after_from', 'Must be after "from"');
}

export function groupKeysOf({ group_by: text = '' }: { readonly group_by?: string }): string[] {
  const keys = [...new Set(text.split(',').filter((key) => key !== ''))];
  if (keys.length <= GROUP_KEYS_MAX) return keys;
  throw invalid('/group_by', 'too_many_keys', `Must name at most ${GROUP_KEYS_MAX} properties`);
}

export function filterOf(text = ''): Record<string, string[]> {
  const parts = text.split(',').filter((one) => one !== '');
  return propertyValues(parts, '/filter');
}

/** `key:value` texts as values by key. The first colon ends the key. */
export function propertyValues(
  parts: readonly string[],
  pointer: string,
): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const part of parts) {
    const colon = part.indexOf(':');
    if (colon < 1) throw invalid(pointer, 'invalid_filter', `"${part}" is not key:value`);
    const key = part.slice(0, colon);
    values.set(key, [...(values.get(key) ?? []), part.slice(colon + 1)]);
  }
  return Object.fromEntries(values);
}

export function topOf(
  { top }: { readonly top?: number },
  groupBy: readonly string[],
): number | undefined {
  if (top === undefined || groupBy.length > 0) return top;
  throw invalid('/top', 'needs_group_by', 'Must come with "group_by"');
}

/** Whether the windows are such that reading all records once is less than looking up two cut hours for each. */
export const cutsManyHours = (
  { window }: Pick<AskedUsage, 'window'>,
  windows: readonly Period[],
): boolean =>
  window === 'minute' ||
  (window === 'hour' && windows.slice(1).some(({ from }) => from % HOUR_MS !== 0));

export const invalid = (pointer: string, code: string, detail: string): RuleBroken =>
  new RuleBroken('validation_failed', `Not valid: ${pointer}.`, 'invalid', [
    { pointer, code, detail: `${detail}.` },
  ]);
