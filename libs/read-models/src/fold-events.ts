import { readDomainEvent, type RecordedEvent } from '@odometer/event-store';
import type { Projection, ProjectionContext, SqlClient } from '@odometer/projections';

/** Where one event is applied. */
export interface FoldContext {
  readonly sql: SqlClient;
  readonly schema: string;
  readonly tenant: string;
  /** ISO 8601: when the event was recorded. */
  readonly recordedAt: string;
  readonly position: number;
}

interface AnyEvent {
  readonly type: string;
  readonly data: object;
}

/** What each type of event does to the tables. Exhaustive: a new type in the union does not compile until it stands here. */
export type Folds<Event extends AnyEvent> = {
  readonly [Type in Event['type']]: (
    data: Extract<Event, { readonly type: Type }>['data'],
    context: FoldContext,
  ) => Promise<unknown>;
};

type Fold = (data: object, context: FoldContext) => Promise<unknown>;

/**
 * A projection of one shard that is subscribed to just the types it folds, and applies them one by one. Throws, and so stops, on a
 * version that is not known and on a type that it did not ask for.
 */
export function foldedProjection<Event extends AnyEvent>(definition: {
  readonly name: string;
  readonly version: number;
  readonly tables: (schema: string) => string;
  readonly folds: Folds<Event>;
}): Projection {
  const { name, version, tables } = definition;
  const folds = new Map<string, Fold>(Object.entries(definition.folds) as [string, Fold][]);
  return {
    name,
    version,
    shards: 1,
    filter: () => [{ types: [...folds.keys()] }],
    init: async (sql, schema) => {
      await sql.query(tables(schema));
    },
    handler: ({ schema }: ProjectionContext) => ({
      apply: async (sql: SqlClient, events: readonly RecordedEvent[]) => {
        for (const event of events) await foldOne(folds, event, { sql, schema });
      },
    }),
  };
}

async function foldOne(
  folds: ReadonlyMap<string, Fold>,
  event: RecordedEvent,
  { sql, schema }: { readonly sql: SqlClient; readonly schema: string },
): Promise<void> {
  const { type, data } = readDomainEvent(event);
  const fold = folds.get(type);
  if (!fold) throw new Error(`event ${type} at ${event.position} is not one of this read model`);
  const { tenant, recordedAt } = event.metadata;
  await fold(data, { sql, schema, tenant, recordedAt, position: event.position });
}

/** Runs a statement that must change a row: an event about something that is not there means that an earlier one is missing. */
export async function changeExisting(
  { sql, position }: FoldContext,
  statement: { readonly text: string; readonly values: readonly unknown[]; readonly name: string },
): Promise<void> {
  const { rowCount } = await sql.query(statement);
  if (rowCount === 0) {
    throw new Error(`event at ${position}: ${statement.name} found no row to change`);
  }
}
