import { observationAt, subjectOf, type CorrectionEvent, type UsageRecord } from '@odometer/domain';
import type { RecordedEvent } from '@odometer/event-store';
import type { SqlClient } from '@odometer/projections';
import type { CodeTally } from './code-tally.js';
import { correctionOf } from './correction-log.js';
import type { FoldTarget } from './fold-usage.js';
import { HourRecount } from './hour-recount.js';
import { HOUR_MS } from './hour-state.js';
import { identityPlace, writeIdentity, type Place } from './identity.js';
import type { CodeMeters, CountingMeter, MeterSet } from './meter-set.js';
import type { FoundRecord, RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { seriesKey, seriesOf, type Dimensions } from './series.js';
import type { SetAside } from './set-aside.js';
import type { SortedRuns } from './sorted-runs/sorted-runs.js';

/** What of a shard corrections work on. */
export interface CorrectedShard {
  readonly identities: SortedRuns;
  readonly meters: MeterSet;
  readonly tally: CodeTally;
}

interface Standing {
  readonly original: Place;
  /** Where the content lies that stands after the corrections so far. */
  readonly current: Place;
  readonly voided: boolean;
}

/**
 * Folds voids and amendments. States of hours cannot be taken apart (a highest value does not know the second highest), so what a
 * correction takes back is counted again: its hour, for its series only, from the records that are left.
 */
export class CorrectionFold {
  constructor(
    private readonly place: { readonly schema: string; readonly shard: number },
    private readonly parts: {
      readonly finder: RecordFinder;
      readonly setAside: SetAside;
      readonly target: FoldTarget;
    },
  ) {}

  /**
   * Takes back what the correction is about. Answers whether it has an effect: none on a record that is void already. What an
   * amendment puts in is left to the caller, who folds it as any other record. Throws when the log holds no such record before it.
   */
  async takeBack(sql: SqlClient, shard: CorrectedShard, event: RecordedEvent): Promise<boolean> {
    const correction = correctionOf(event);
    const { tenant } = event.metadata;
    const standing = await this.standingOf(sql, shard.identities, { event, correction });
    const effective = !standing.voided;
    await this.remember(sql, event, { standing, effective });
    const { current, original } = standing;
    if (!effective) {
      if (correction.type === 'UsageAmended') await this.ignore(sql, event, original);
      return false;
    }
    const [found] = await this.parts.finder.at(sql, [standing.current]);
    const status = correction.type === 'UsageVoided' ? 'voided' : 'replaced';
    await this.parts.setAside.add(sql, [{ place: current, original, status }], () => tenant);
    await this.settle(sql, shard.tally, { tenant, original });
    const { record, status: before } = found!;
    if (before === 'accepted' || before === 'late_beyond_limit')
      shard.tally.take(tenant, record.code, before);
    if (before === 'accepted')
      await this.recount(sql, shard.meters, { tenant, record, place: current });
    return true;
  }

  /** Whoever corrects a record has seen what contradicts it. */
  private async settle(
    sql: SqlClient,
    tally: CodeTally,
    { tenant, original }: { tenant: string; original: Place },
  ): Promise<void> {
    const settled = await this.parts.setAside.settleConflicts(sql, original);
    for (const { record } of await this.parts.finder.at(sql, settled))
      tally.take(tenant, record.code, 'conflict');
  }

  /** An amendment behind a void: its content never counts, also for a meter that is made later. */
  private ignore(sql: SqlClient, event: RecordedEvent, original: Place): Promise<void> {
    const place = { position: event.position, index: 0 };
    const { tenant } = event.metadata;
    return this.parts.setAside.add(sql, [{ place, original, status: 'voided' }], () => tenant);
  }

  /** What amendments have put in the place of a record last; null when it was never amended. */
  async amendmentOf(sql: SqlClient, original: Place): Promise<UsageRecord | null> {
    const { rows } = await sql.query<{ position: string }>(
      `SELECT position FROM ${this.place.schema}.correction
        WHERE original_position = $1 AND original_index = $2 AND effective AND type = 'UsageAmended'
        ORDER BY position DESC LIMIT 1`,
      [original.position, original.index],
    );
    if (rows[0] === undefined) return null;
    const place = { position: Number(rows[0].position), index: 0 };
    const [found] = await this.parts.finder.at(sql, [place]);
    return found!.record;
  }

  private async standingOf(
    sql: SqlClient,
    identities: SortedRuns,
    { event, correction }: { event: RecordedEvent; correction: CorrectionEvent },
  ): Promise<Standing> {
    const { tenant } = event.metadata;
    const key = Buffer.alloc(IDENTITY_RUNS.entryBytes);
    writeIdentity(key, 0, { tenant, record: correction.data, place: { position: 0, index: 0 } });
    const entry = (await identities.find(sql, key)).get(0);
    if (entry === undefined) {
      throw new Error(
        `the correction at position ${event.position} is about a record that the log does not hold before it`,
      );
    }
    const original = identityPlace(entry, 0);
    const { rows } = await sql.query<{ position: string; type: CorrectionEvent['type'] }>(
      `SELECT position, type FROM ${this.place.schema}.correction
        WHERE original_position = $1 AND original_index = $2 AND effective ORDER BY position DESC LIMIT 1`,
      [original.position, original.index],
    );
    const last = rows[0];
    if (last === undefined) return { original, current: original, voided: false };
    const current = { position: Number(last.position), index: 0 };
    return { original, current, voided: last.type === 'UsageVoided' };
  }

  private async remember(
    sql: SqlClient,
    { position, metadata, type }: RecordedEvent,
    { standing, effective }: { standing: Standing; effective: boolean },
  ): Promise<void> {
    const { original } = standing;
    await sql.query(
      `INSERT INTO ${this.place.schema}.correction
         (position, tenant, shard, type, original_position, original_index, effective)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        position,
        metadata.tenant,
        this.place.shard,
        type,
        original.position,
        original.index,
        effective,
      ],
    );
  }

  /** Counts anew what a record was part of, now that it is set aside. */
  private async recount(
    sql: SqlClient,
    meters: MeterSet,
    taken: { tenant: string; record: UsageRecord; place: Place },
  ): Promise<void> {
    const { tenant, record, place } = taken;
    const scope = meters.ofCode(tenant, record.code);
    if (scope === undefined) return;
    const counting: CountingMeter[] = [];
    for (const meter of scope.meters) {
      if (!meter.matches(record)) continue;
      const refusal = meter.observe(record, observationAt(place));
      if (refusal === null) counting.push(meter);
      else await this.parts.target.uncounted.take(sql, meter, refusal);
    }
    if (counting.length === 0) return;
    const left = await this.leftInHour(sql, tenant, record);
    for (const meter of counting) await this.recountMeter(sql, { scope, record, meter, left });
  }

  private async recountMeter(
    sql: SqlClient,
    {
      scope,
      record,
      meter,
      left,
    }: {
      scope: CodeMeters;
      record: UsageRecord;
      meter: CountingMeter;
      left: readonly FoundRecord[];
    },
  ): Promise<void> {
    const values = meter.dimensions(record);
    const keys = meter.meter.groupBy;
    const ofAll = new HourRecount(scope.tenant, meter);
    const ofGroup = new HourRecount(scope.tenant, meter);
    for (const found of left) {
      if (!meter.matches(found.record)) continue;
      ofAll.add(found);
      const dimensions = meter.dimensions(found.record);
      if (dimensions.every((value, i) => value === values[i])) ofGroup.add(found);
    }
    const replace = async (
      dimensions: Dimensions | null,
      { state }: HourRecount,
    ): Promise<void> => {
      const { buckets } = this.parts.target;
      const key = seriesKey(record, dimensions);
      const entry = buckets.entry(scope, key, () => seriesOf(scope, record, dimensions));
      const hour = Math.floor(record.timestamp / HOUR_MS);
      await buckets.replaceHour(sql, { entry, meter, hour }, state.records === 0 ? null : state);
    };
    await replace(null, ofAll);
    if (keys.length > 0) await replace({ keys, values }, ofGroup);
  }

  /** The records that count in the hour and the series of one that was set aside. */
  private async leftInHour(
    sql: SqlClient,
    tenant: string,
    record: UsageRecord,
  ): Promise<FoundRecord[]> {
    const hour = Math.floor(record.timestamp / HOUR_MS);
    const found = await this.parts.finder.ofSubject(sql, {
      tenant,
      subject: subjectOf(record),
      from: hour * HOUR_MS,
      to: (hour + 1) * HOUR_MS,
    });
    return found.filter(
      ({ record: other, status }) =>
        status === 'accepted' &&
        other.code === record.code &&
        other.customerId === record.customerId &&
        other.subscriptionId === record.subscriptionId &&
        other.entityId === record.entityId,
    );
  }
}
