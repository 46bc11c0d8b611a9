import type { UsageRequest, UsageSlice } from '@odometer/domain';
import type { PackedDay } from './stored-day.js';

/** A usage request whose windows are answered side by side from one reading; each window is a list of disjoint slices. */
export interface WindowsRequest extends Omit<UsageRequest, 'slices'> {
  readonly windows: readonly (readonly UsageSlice[])[];
  /** Read from the records even where buckets would do: for many windows that cut hours. They must not overlap then. */
  readonly fromRecords?: boolean | undefined;
}

/** One series with the days of it that were read, each with the states of every meter of the code. */
export interface SeriesRow {
  readonly id: string;
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly entity: string | null;
  readonly dimensions: readonly (string | null)[] | null;
  readonly days: ReadonlyMap<number, PackedDay>;
}

/** One `[from, to)` that covers all slices asking for the same ids. */
export function patternsOf(slices: readonly UsageSlice[]): UsageSlice[] {
  const patterns = new Map<string, UsageSlice>();
  for (const slice of slices) {
    if (slice.from >= slice.to) continue;
    const { customerId, subscriptionId, entityId } = slice;
    const key = JSON.stringify(
      [customerId, subscriptionId, entityId].map((id) => (id === undefined ? 0 : [id])),
    );
    const known = patterns.get(key) ?? slice;
    patterns.set(key, {
      ...slice,
      from: Math.min(known.from, slice.from),
      to: Math.max(known.to, slice.to),
    });
  }
  return [...patterns.values()];
}
