import type { EventFilter } from '../event-store.js';
import type { SqlValues } from './sql-values.js';

/** Whether a clause has conditions on streams only: such a page looks at a bounded stretch of positions. */
export const needsScan = (filter: readonly EventFilter[]): boolean =>
  filter.some((clause) => clause.types === undefined);

/** Where a page looks, as SQL: positions above `after` up to `upTo`, and so many events at most. */
export interface Stretch {
  readonly after: string;
  readonly upTo: string;
  readonly limit: string;
}

/**
 * The query for positions and sizes of the next events that pass, lowest first. Each type of a clause is a branch that one index serves in
 * order of position, so rare events are found without looking at the frequent ones between them.
 */
export function candidatesOf(
  filter: readonly EventFilter[],
  stretch: Stretch,
  values: SqlValues,
): string {
  const branches = filter.flatMap((clause) => branchesOf(clause, stretch, values));
  if (branches.length === 0) return branch(stretch, [], ['AND false']);
  const union = branches.map((one) => `(${one})`).join(' UNION ALL ');
  return `SELECT DISTINCT position, size FROM (${union}) AS any_branch ORDER BY position LIMIT ${stretch.limit}`;
}

/** A column that comes before the position in an index, and what it must be. */
interface Leading {
  readonly column: string;
  readonly value: string;
}

function branchesOf(clause: EventFilter, stretch: Stretch, values: SqlValues): string[] {
  const conditions = streamConditions(clause, values);
  if (clause.types === undefined) return [branch(stretch, [], conditions)];
  const shard = shardSuffixOf(clause);
  return [...new Set(clause.types)].map((type) => {
    const leading = [{ column: 'type', value: values.text(type) }];
    if (shard !== null) leading.push({ column: 'suffix', value: values.text(shard) });
    return branch(stretch, leading, conditions);
  });
}

/**
 * Events in the order of one index, between two ends of it. Comparing the index's columns as one row leaves the planner no other way
 * to keep the order, whatever its statistics say: with `type = …` it sorted everything after the position, or walked all usage.
 */
function branch(
  { after, upTo, limit }: Stretch,
  leading: readonly Leading[],
  conditions: readonly string[],
): string {
  const index = [...leading.map(({ column }) => column), 'position'].join(', ');
  const at = (position: string): string =>
    [...leading.map(({ value }) => value), position].join(', ');
  return `SELECT position, size FROM odometer.events
     WHERE (${index}) > (${at(after)}) AND (${index}) <= (${at(upTo)}) ${conditions.join(' ')} ORDER BY ${index} LIMIT ${limit}`;
}

/** What follows the last dash of a stream id is a column of its own: the shard of a usage stream. */
const shardSuffixOf = ({ streamSuffix }: EventFilter): string | null =>
  streamSuffix?.lastIndexOf('-') === 0 ? streamSuffix : null;

function streamConditions(clause: EventFilter, values: SqlValues): string[] {
  const conditions: string[] = [];
  if (clause.streamPrefix !== undefined) {
    conditions.push(`AND starts_with(stream_id, ${values.text(clause.streamPrefix)})`);
  }
  if (clause.streamSuffix !== undefined) {
    const suffix = values.text(clause.streamSuffix);
    conditions.push(`AND right(stream_id, length(${suffix})) = ${suffix}`);
  }
  return conditions;
}
