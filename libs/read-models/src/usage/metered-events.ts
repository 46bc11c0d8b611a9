import {
  compileMeter,
  METERED_EVENTS_MAX,
  observationAt,
  reachOf,
  RuleBroken,
  shardOfRecord,
  type JsonObject,
  type JsonValue,
  type MeteredEvent,
  type MeteredEventsRequest,
  type UsageSlice,
} from '@odometer/domain';
import type { SqlClient } from '@odometer/projections';
import { writeIdentity, type Place } from './identity.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';

/** Records whose segments are held at a time. */
const RECORDS_PER_READ = 4_096;

/**
 * The records themselves that a request counts, by time, then by place in the log. `shards` is how many the projection has.
 * @throws RuleBroken `too_many_events`; a plain error for a slice that names neither a customer nor a subscription.
 */
export async function readMeteredEvents(
  sql: SqlClient,
  finder: RecordFinder,
  request: MeteredEventsRequest,
  shards: number,
): Promise<MeteredEvent[]> {
  const events: MeteredEvent[] = [];
  for await (const event of eachMeteredEvent(sql, finder, request, shards)) events.push(event);
  return events.sort(
    (a, b) => a.timestamp - b.timestamp || a.position - b.position || a.index - b.index,
  );
}

/** The same records one by one, slice after slice, each slice by time: only those of a few segments are held. */
export async function* eachMeteredEvent(
  sql: SqlClient,
  finder: RecordFinder,
  request: MeteredEventsRequest,
  shards: number,
): AsyncGenerator<MeteredEvent, void> {
  const reading = new MeteredReading(request, shards);
  for (const slice of request.slices) {
    const { from, to } = reachOf(request.meter, slice);
    const range = { tenant: request.tenant, subject: subjectOfSlice(slice), from, to };
    const places = await finder.placesOfSubject(sql, range);
    for (let at = 0; at < places.length; at += RECORDS_PER_READ) {
      const found = await finder.at(sql, places.slice(at, at + RECORDS_PER_READ));
      yield* found
        .map((record) => reading.read(slice, record))
        .filter((event): event is MeteredEvent => event !== null);
    }
  }
}

/** Tells what counts of the records found. */
class MeteredReading {
  private count = 0;
  private readonly meter;
  private readonly filters;
  private readonly identity = Buffer.alloc(IDENTITY_RUNS.entryBytes);

  constructor(
    private readonly request: MeteredEventsRequest,
    private readonly shards: number,
  ) {
    const { meter } = request;
    this.meter = compileMeter(meter);
    // A filter of the request is the same question as one of the meter's, about any property, and of all times.
    const { earlier: _, ...latest } = meter;
    this.filters = compileMeter({ ...latest, filters: request.filter ?? {} });
  }

  /** Null for a record that does not count. */
  read(slice: UsageSlice, { record, place, status }: FoundRecord): MeteredEvent | null {
    if (status !== 'accepted' || !isOfSlice(record, slice)) return null;
    if (!this.meter.matches(record) || !this.filters.matches(record)) return null;
    const observation = observationAt(place);
    if (this.meter.observe(record, observation) !== null) return null;
    if (this.count === METERED_EVENTS_MAX) throw tooMany(this.request.meter.code);
    this.count += 1;
    return {
      ...observation,
      transactionId: record.transactionId,
      windowFrom: slice.from,
      properties: chosen(record.properties, this.request.properties),
      shard: shardOfRecord(record, this.shards),
      lanes: this.lanesOf(record, place),
    };
  }

  private lanesOf(record: FoundRecord['record'], place: Place): MeteredEvent['lanes'] {
    const { identity } = this;
    writeIdentity(identity, 0, { tenant: this.request.tenant, record, place });
    return [
      identity.readInt32BE(0),
      identity.readInt32BE(4),
      identity.readInt32BE(8),
      identity.readInt32BE(12),
    ];
  }
}

/** As `subjectOf` names it. Throws a plain error for a slice that names neither a customer nor a subscription. */
export function subjectOfSlice({ customerId, subscriptionId }: UsageSlice): string {
  if (typeof customerId === 'string') return `c:${customerId}`;
  if (typeof subscriptionId === 'string') return `s:${subscriptionId}`;
  throw new Error('single records are read of a customer or a subscription only');
}

/** Whether the ids match; the time was asked for when the record was looked up. */
export function isOfSlice(record: FoundRecord['record'], slice: UsageSlice): boolean {
  const same = (asked: string | null | undefined, has: string | undefined): boolean =>
    asked === undefined || asked === (has ?? null);
  return (
    same(slice.customerId, record.customerId) &&
    same(slice.subscriptionId, record.subscriptionId) &&
    same(slice.entityId, record.entityId)
  );
}

function chosen(
  properties: JsonObject | undefined,
  names: readonly string[] | undefined,
): JsonObject {
  if (properties === undefined || names === undefined) return {};
  const entries = names
    .filter((name) => Object.hasOwn(properties, name))
    .map((name): [string, JsonValue] => [name, properties[name] as JsonValue]);
  return Object.fromEntries(entries);
}

const tooMany = (meter: string): RuleBroken =>
  new RuleBroken(
    'too_many_events',
    `Meter ${meter} has more than ${METERED_EVENTS_MAX} records here; what looks at each of them reads no more.`,
  );
