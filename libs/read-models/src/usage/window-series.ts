import type { UsageRequest, UsageSlice } from '@odometer/domain';
import type { DayHours } from './hour-state.js';

/** A usage request whose windows are answered side by side from one reading; each window is a list of disjoint slices. */
export interface WindowsRequest extends Omit<UsageRequest, 'slices'> {
  readonly windows: readonly (readonly UsageSlice[])[];
}

/** One series with the days of it that were read. */
export interface SeriesRow {
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly entity: string | null;
  readonly dimensions: readonly (string | null)[] | null;
  readonly days: Map<number, DayHours>;
}
