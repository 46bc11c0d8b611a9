import type { Decider } from '../kernel/decider.js';
import { checkInteger, refuseInvalid } from '../kernel/field-check.js';
import type { FieldError } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import { UNIT_ROUNDINGS, type UnitRounding } from '../pricing/prorated-units.js';

/** How a tenant wants some things counted. Each change holds from where it stands in the log. */
export interface TenantSettings {
  /** Prorated units: `exact`, or rounded up at five decimals as `lago` does. */
  readonly rounding: UnitRounding;
  /** Records that arrive more than so many days after their time are kept but not billed; null = no limit. */
  readonly lateEventsLimitDays: number | null;
}

export const DEFAULT_SETTINGS: TenantSettings = { rounding: 'exact', lateEventsLimitDays: null };

/** 100 years. */
export const LATE_EVENTS_LIMIT_DAYS_MAX = 36_525;

/** Stream `settings-<tenant>`. All settings as they are from here on. */
export type SettingsEvent = {
  readonly type: 'TenantSettingsChanged';
  readonly data: TenantSettings;
};

/** Sets what is named and leaves the rest as it is. */
export interface ChangeSettings {
  readonly type: 'ChangeSettings';
  readonly changes: Partial<TenantSettings>;
}

/** Refusals: `validation_failed` with every bad field. A change that changes nothing is quiet. */
export const settingsDecider: Decider<TenantSettings, ChangeSettings, SettingsEvent> = {
  initialState: () => DEFAULT_SETTINGS,
  decide({ changes }, state) {
    const data = { ...state, ...changes };
    refuseInvalid('The settings', checkSettings(data));
    return sameValue(data, state) ? [] : [{ type: 'TenantSettingsChanged', data }];
  },
  evolve: (_, event) => event.data,
};

function checkSettings({ rounding, lateEventsLimitDays }: TenantSettings): FieldError[] {
  const known = Object.keys(UNIT_ROUNDINGS);
  const unknown: FieldError = {
    pointer: '/rounding',
    code: 'unknown_rounding',
    detail: `Must be one of ${known.join(', ')}.`,
  };
  return [
    ...(known.includes(rounding) ? [] : [unknown]),
    ...(lateEventsLimitDays === null
      ? []
      : checkInteger(lateEventsLimitDays, '/late_events_limit_days', {
          min: 0,
          max: LATE_EVENTS_LIMIT_DAYS_MAX,
        })),
  ];
}
