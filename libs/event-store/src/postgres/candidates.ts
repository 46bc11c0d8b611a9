import type { EventFilter } from '../event-store.js';

/** Whether a clause has conditions on streams only: such a page looks at a bounded stretch of positions. */
export const needsScan = (filter: readonly EventFilter[] | undefined): boolean =>
  filter?.some((clause) => clause.types === undefined) ?? false;

/**
 * The query for positions and sizes of the next events that pass, lowest first. Parameters: $1 after, $2 limit, $4 last position;
 * its own are added to `values`. Each type of a clause is a branch that one index serves in order of position, so rare events
 * are found without looking at the frequent ones between them.
 */
export function candidatesOf(
  filter: readonly EventFilter[] | undefined,
  values: unknown[],
): string {
  const next = (condition: string): string =>
    `SELECT position, size FROM odometer.events WHERE position > $1 AND position <= $4 ${condition} ORDER BY position LIMIT $2`;
  if (filter === undefined) return next('');
  const branches = filter.flatMap((clause) => {
    const stream = streamCondition(clause, values);
    if (clause.types === undefined) return [`(${next(stream)})`];
    return [...new Set(clause.types)].map((type) => {
      values.push(type);
      return `(${next(`AND type = $${values.length} ${stream}`)})`;
    });
  });
  if (branches.length === 0) return next('AND false');
  const [only] = branches;
  if (branches.length === 1 && only !== undefined) return only.slice(1, -1);
  return `SELECT DISTINCT position, size FROM (${branches.join(' UNION ALL ')}) AS any_branch ORDER BY position LIMIT $2`;
}

function streamCondition({ streamPrefix, streamSuffix }: EventFilter, values: unknown[]): string {
  const conditions: string[] = [];
  const parameter = (value: string): string => {
    values.push(value);
    return `$${values.length}`;
  };
  if (streamPrefix !== undefined) {
    conditions.push(`AND starts_with(stream_id, ${parameter(streamPrefix)})`);
  }
  if (streamSuffix !== undefined) {
    const suffix = parameter(streamSuffix);
    // What follows the last dash is a column of its own, for the shards of usage.
    const isLastPart = streamSuffix.lastIndexOf('-') === 0;
    conditions.push(
      isLastPart ? `AND suffix = ${suffix}` : `AND right(stream_id, length(${suffix})) = ${suffix}`,
    );
  }
  return conditions.join(' ');
}
