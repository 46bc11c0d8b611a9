import {
  addToWindow,
  compileMeter,
  fromIso,
  meterAt,
  observationAt,
  reachOf,
  shardOf,
  subjectOf,
  unitsOf,
  weightingOf,
  windowEndOf,
  type Aggregation,
  type CompiledMeter,
  type ReadUsage,
  type UsageRecord,
  type UsageRequest,
  type UsageSlice,
  type UsageTotal,
} from '@odometer/domain';
import { USAGE_RECORDED } from '@odometer/event-store';
import { addToDigest, digestText, emptyHour, type HourState } from './hour-state.js';
import { writeIdentity } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { segmentOf } from './usage-batch.js';
import { RecountFacts, type PlacedRecord } from './recount-facts.js';
import type { ReadLog } from './read-log.js';

/**
 * Reads usage straight from the log, record by record, without any read model: the second source that an audit compares the first
 * one with. It counts as of `upTo`, so what a past invoice was computed from can be counted again. Slow by design; memory grows with the
 * identities of the subjects asked for.
 */
export function recountUsage(options: {
  readonly log: ReadLog;
  readonly shards: number;
  /** Last position that is looked at: of the log, or of each shard, as the `cut` of an answer says. */
  readonly upTo: number | readonly number[];
}): ReadUsage {
  const { log, shards, upTo } = options;
  const cut = Array.from({ length: shards }, (_, shard) =>
    typeof upTo === 'number' ? upTo : (upTo[shard] ?? 0),
  );
  return async (asked) => {
    const request = { ...asked, meter: meterAt(asked.meter, windowEndOf(asked)) };
    const recount = new Recount(request);
    for (const shard of shardsOf(request, shards)) await recount.readShard(log, shard, cut[shard]!);
    return { totals: recount.totals(), position: Math.min(...cut), cut };
  };
}

/** Records that name a subscription may lie with any customer, so only slices of customers narrow the shards down. */
function shardsOf({ slices }: UsageRequest, shards: number): number[] {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const customers = slices.map(({ customerId }) => customerId);
  if (!customers.every((id): id is string => typeof id === 'string')) return all;
  const named = new Set(customers.map((id) => shardOf(`c:${id}`, shards)));
  return all.filter((shard) => named.has(shard));
}

class Recount {
  private readonly meter: CompiledMeter;
  private readonly aggregation: Aggregation;
  private readonly keys: readonly string[];
  private readonly slices;
  private readonly groups = new Map<string, HourState>();
  private readonly seen = new Set<string>();
  private readonly entry = Buffer.alloc(IDENTITY_RUNS.entryBytes);

  constructor(private readonly request: UsageRequest) {
    // Any property may be asked for here, not only what the meter is grouped by.
    const asked = [...(request.groupBy ?? []), ...Object.keys(request.filter ?? {})];
    this.keys = [...new Set(asked)];
    this.meter = compileMeter({ ...request.meter, groupBy: this.keys });
    this.aggregation = this.meter.aggregation;
    this.slices = request.slices.map((slice) => ({
      reach: reachOf(request.meter, slice),
      windowFrom: slice.from,
    }));
  }

  async readShard(log: ReadLog, shard: number, upTo: number): Promise<void> {
    const filter = [
      {
        types: [USAGE_RECORDED],
        streamPrefix: `usage-${this.request.tenant}-`,
        streamSuffix: `-${shard}`,
      },
    ];
    const { tenant } = this.request;
    const facts = await RecountFacts.read(log, { tenant, shard, upTo });
    let after = 0;
    while (after < upTo) {
      const page = await log.readAll({ after, filter });
      for (const event of page.events) {
        if (event.position > upTo) return;
        const { position } = event;
        const receivedAt = fromIso(event.metadata.recordedAt);
        segmentOf(event).records.forEach((record, index) =>
          this.record({ record, place: { position, index }, receivedAt }, facts),
        );
      }
      if (page.position === after) return;
      after = page.position;
    }
  }

  totals(): UsageTotal[] {
    const grouped = (this.request.groupBy?.length ?? 0) > 0;
    const weighting = weightingOf(this.request);
    if (!grouped && this.groups.size === 0) this.groups.set('{}', emptyHour(this.aggregation));
    return [...this.groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, state]) => ({
        group: JSON.parse(key) as Record<string, string | null>,
        value: unitsOf(this.request.meter, this.aggregation, state.state, weighting),
        eventsCount: state.records,
        digest: digestText(state),
      }));
  }

  /** The first of an identity counts; whether a record matters here is asked after that, never before. */
  private record(first: Parameters<RecountFacts['standing']>[0], facts: RecountFacts): void {
    const { record } = first;
    const identity = `${subjectOf(record)}\0${record.transactionId}`;
    if (this.seen.has(identity)) return;
    this.seen.add(identity);
    const standing = facts.standing(first);
    if (standing !== null) this.count(standing);
  }

  private count({ record, place }: PlacedRecord): void {
    const slice = this.slices.find(({ reach }) => inSlice(record, reach));
    if (slice === undefined || !this.meter.matches(record)) return;
    const observation = observationAt(place);
    const dimensions = this.meter.dimensions(record);
    if (!this.passes(dimensions) || this.meter.observe(record, observation) !== null) return;
    const state = this.group(dimensions);
    state.records += 1;
    state.state = addToWindow(this.aggregation, state.state, observation, slice.windowFrom);
    writeIdentity(this.entry, 0, {
      tenant: this.request.tenant,
      record,
      place,
    });
    addToDigest(state, this.entry, 0);
  }

  private passes(dimensions: readonly (string | null)[]): boolean {
    const { keys } = this;
    return Object.entries(this.request.filter ?? {}).every(([key, values]) => {
      const value = dimensions[keys.indexOf(key)] ?? null;
      return value !== null && values.includes(value);
    });
  }

  private group(dimensions: readonly (string | null)[]): HourState {
    const { keys } = this;
    const values = Object.fromEntries(
      (this.request.groupBy ?? []).map((key) => [key, dimensions[keys.indexOf(key)] ?? null]),
    );
    const name = JSON.stringify(this.request.regroup?.(values) ?? values);
    const known = this.groups.get(name) ?? emptyHour(this.aggregation);
    this.groups.set(name, known);
    return known;
  }
}

function inSlice(record: UsageRecord, slice: UsageSlice): boolean {
  const same = (asked: string | null | undefined, has: string | undefined): boolean =>
    asked === undefined || asked === (has ?? null);
  return (
    record.timestamp >= slice.from &&
    record.timestamp < slice.to &&
    same(slice.customerId, record.customerId) &&
    same(slice.subscriptionId, record.subscriptionId) &&
    same(slice.entityId, record.entityId)
  );
}
