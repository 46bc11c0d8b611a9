/** A moment as milliseconds since 1970-01-01T00:00:00Z. In events and answers it is an ISO 8601 string. */
export type Instant = number;

/** A half-open stretch of time: `from` belongs to it, `to` does not. */
export interface Period {
  readonly from: Instant;
  readonly to: Instant;
}

/** ISO 8601 in UTC with milliseconds, the only form that events carry. */
export const toIso = (instant: Instant): string => new Date(instant).toISOString();

/** The instant of an ISO string that we wrote ourselves. Throws on anything unreadable. */
export function fromIso(iso: string): Instant {
  const instant = Date.parse(iso);
  if (Number.isNaN(instant)) throw new Error(`not an ISO 8601 instant: ${iso}`);
  return instant;
}
