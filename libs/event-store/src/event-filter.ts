import type { EventFilter } from './event-store.js';

interface Filtered {
  readonly type: string;
  readonly streamId: string;
}

/** Whether an event passes any of the clauses; no filter = it passes. */
export function passesFilter(event: Filtered, filter: readonly EventFilter[] | undefined): boolean {
  return filter === undefined || filter.some((clause) => passesClause(event, clause));
}

const passesClause = ({ type, streamId }: Filtered, clause: EventFilter): boolean =>
  (clause.types === undefined || clause.types.includes(type)) &&
  (clause.streamPrefix === undefined || streamId.startsWith(clause.streamPrefix)) &&
  (clause.streamSuffix === undefined || streamId.endsWith(clause.streamSuffix));
