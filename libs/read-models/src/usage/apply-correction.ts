import { observationAt, type CorrectionEvent, type UsageRecord } from '@odometer/domain';
import type { RecordedEvent } from '@odometer/event-store';
import type { SqlClient } from '@odometer/projections';
import type { CodeTally } from './code-tally.js';
import { correctionOf } from './correction-log.js';
import type { FoldTarget } from './fold-usage.js';
import { identityPlace, writeIdentity, type Place } from './identity.js';
import type { MeterSet } from './meter-set.js';
import type { RecordFinder } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';
import type { SetAside } from './set-aside.js';
import { StaleHours } from './stale-hours.js';
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

/** Folds voids and amendments, each behind the record that it is about. */
export class CorrectionFold {
  private readonly staleHours: StaleHours;

  constructor(
    private readonly place: { readonly schema: string; readonly shard: number },
    private readonly parts: {
      readonly finder: RecordFinder;
      readonly setAside: SetAside;
      readonly target: FoldTarget;
    },
  ) {
    this.staleHours = new StaleHours(parts.finder, parts.target.buckets);
  }

  /** Finishes what corrections began. Due before meters change, and before rows are written. */
  settle(sql: SqlClient): Promise<void> {
    return this.staleHours.recount(sql);
  }

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
    await this.settleConflicts(sql, shard.tally, { tenant, original });
    const { record, status: before } = found!;
    if (before === 'accepted' || before === 'late_beyond_limit')
      shard.tally.take(tenant, record.code, before);
    if (before === 'accepted')
      await this.takeOut(sql, shard.meters, { tenant, record, place: current });
    return true;
  }

  /** Whoever corrects a record has seen what contradicts it. */
  private async settleConflicts(
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

  /** Takes a record that is set aside now out of what counted it. */
  private async takeOut(
    sql: SqlClient,
    meters: MeterSet,
    taken: { tenant: string; record: UsageRecord; place: Place },
  ): Promise<void> {
    const { tenant, record, place } = taken;
    const scope = meters.ofCode(tenant, record.code);
    if (scope === undefined) return;
    for (const meter of scope.meters) {
      if (!meter.matches(record)) continue;
      const refusal = meter.observe(record, observationAt(place));
      if (refusal === null) await this.staleHours.take(sql, { scope, record, place }, meter);
      else if (meter.owns(record)) await this.parts.target.uncounted.take(sql, meter, refusal);
    }
  }
}
