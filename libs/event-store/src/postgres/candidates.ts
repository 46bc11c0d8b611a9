import type { EventFilter } from '../event-store.js';

/** Whether a clause has conditions on streams only: such a page looks at a bounded stretch of positions. */
export const needsScan = (filter: readonly EventFilter[]): boolean =>
  filter.some((clause) => clause.types === undefined);

/**
 * The query for positions and sizes of the next events that pass, lowest first. Parameters: $1 after, $2 limit, $4 last position;
 * its own are added to `values`. Each type of a clause is a branch that one index serves in order of position, so rare events
 * are found without looking at the frequent ones between them.
 */
export function candidatesOf(filter: readonly EventFilter[], values: unknown[]): string {
  const parameters = new Parameters(values);
  const branches = filter.flatMap((clause) => branchesOf(clause, parameters));
  if (branches.length === 0) return branch('position', ['AND false']);
  const union = branches.map((one) => `(${one})`).join(' UNION ALL ');
  return `SELECT DISTINCT position, size FROM (${union}) AS any_branch ORDER BY position LIMIT $2`;
}

class Parameters {
  constructor(private readonly values: unknown[]) {}

  add(value: string): string {
    this.values.push(value);
    return `$${this.values.length}::text`;
  }
}

function branchesOf(clause: EventFilter, parameters: Parameters): string[] {
  const conditions = streamConditions(clause, parameters);
  if (clause.types === undefined) return [branch('position', conditions)];
  const shard = shardSuffixOf(clause);
  return [...new Set(clause.types)].map((type) =>
    shard === null
      ? branch(`${parameters.add(type)}, position`, conditions, 'type, position')
      : branch(
          `${parameters.add(type)}, ${parameters.add(shard)}, position`,
          conditions,
          'type, suffix, position',
        ),
  );
}

/**
 * Events in the order of one index, between two ends of it. Comparing the index's columns as one row leaves the planner no other way
 * to keep the order, whatever its statistics say: with `type = …` it sorted everything after the position, or walked all usage.
 */
function branch(from: string, conditions: readonly string[], index = 'position'): string {
  const start = from.replace('position', '$1::bigint');
  const end = from.replace('position', '$4::bigint');
  return `SELECT position, size FROM odometer.events
     WHERE (${index}) > (${start}) AND (${index}) <= (${end}) ${conditions.join(' ')} ORDER BY ${index} LIMIT $2`;
}

/** What follows the last dash of a stream id is a column of its own: the shard of a usage stream. */
const shardSuffixOf = ({ streamSuffix }: EventFilter): string | null =>
  streamSuffix?.lastIndexOf('-') === 0 ? streamSuffix : null;

function streamConditions(clause: EventFilter, parameters: Parameters): string[] {
  const conditions: string[] = [];
  if (clause.streamPrefix !== undefined) {
    conditions.push(`AND starts_with(stream_id, ${parameters.add(clause.streamPrefix)})`);
  }
  if (clause.streamSuffix !== undefined) {
    const suffix = parameters.add(clause.streamSuffix);
    conditions.push(`AND right(stream_id, length(${suffix})) = ${suffix}`);
  }
  return conditions;
}
