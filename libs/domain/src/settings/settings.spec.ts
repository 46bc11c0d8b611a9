import { fold } from '../kernel/decider.js';
import { DEFAULT_SETTINGS, settingsDecider, type TenantSettings } from './settings.js';

const decide = (changes: Partial<TenantSettings>, state = DEFAULT_SETTINGS) =>
  settingsDecider.decide({ type: 'ChangeSettings', changes }, state);

describe('settings of a tenant', () => {
  it('are exact and without a limit at first', () => {
    expect(fold(settingsDecider, [])).toEqual({ rounding: 'exact', lateEventsLimitDays: null });
  });

  it('change where something is named, and keep the rest', () => {
    const [first] = decide({ rounding: 'lago' });
    const [second] = decide({ lateEventsLimitDays: 30 }, first!.data);
    expect(fold(settingsDecider, [first!, second!])).toEqual({
      rounding: 'lago',
      lateEventsLimitDays: 30,
    });
    expect(decide({ rounding: 'lago' }, second!.data)).toEqual([]);
  });

  it.each<[string, Partial<TenantSettings>, string]>([
    ['an unknown rounding', { rounding: 'up' as 'lago' }, '/rounding'],
    ['a limit below zero', { lateEventsLimitDays: -1 }, '/late_events_limit_days'],
    ['a limit of parts of days', { lateEventsLimitDays: 0.5 }, '/late_events_limit_days'],
    ['a limit of more than a century', { lateEventsLimitDays: 36_526 }, '/late_events_limit_days'],
  ])('refuse %s', (_, changes, pointer) => {
    expect(() => decide(changes)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }) as Error,
    );
  });
});
