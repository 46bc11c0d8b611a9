import type { ProjectionContext, SqlClient } from '@odometer/projections';
import type { CodeTally } from './code-tally.js';
import { foldUsageOfMeters, type FoldTarget } from './fold-usage.js';
import type { CountingMeter, MeterSet } from './meter-set.js';
import type { ReadLog } from './read-log.js';
import type { SetAside } from './set-aside.js';
import type { EntryRoom } from './sorted-runs/entry-room.js';
import { USAGE_EVENTS, usageBatchOf } from './usage-batch.js';

interface HistoryParts {
  readonly setAside: SetAside;
  readonly target: FoldTarget;
  readonly room: EntryRoom;
}

/** What a shard knows when meters are made. */
interface CountedSoFar {
  readonly tally: CodeTally;
  readonly meters: MeterSet;
}

/** Counts the past of meters: they see the records from before they were made, too. */
export class MeterHistory {
  constructor(
    private readonly context: ProjectionContext,
    private readonly log: ReadLog,
    private readonly parts: HistoryParts,
  ) {}

  /** Of meters of one event code, from where that first occurs in the log up to a position. */
  async count(
    sql: SqlClient,
    shard: CountedSoFar,
    { meters, before }: { readonly meters: readonly CountingMeter[]; readonly before: number },
  ): Promise<void> {
    const { tenant, meter } = meters[0]!;
    const first = shard.tally.firstPosition(tenant, meter.eventCode);
    const scope = shard.meters.ofCode(tenant, meter.eventCode);
    if (first === undefined || scope === undefined) return;
    const { setAside, target, room } = this.parts;
    const streams = { streamPrefix: `usage-${tenant}-`, streamSuffix: `-${this.context.shard}` };
    const filter = [{ types: USAGE_EVENTS, ...streams }];
    let after = first - 1;
    while (after < before) {
      const page = await this.log.readAll({ after, filter });
      const events = page.events.filter(({ position }) => position < before);
      const batch = usageBatchOf(events, room);
      const counts = await setAside.countsOf(sql, batch);
      foldUsageOfMeters(batch, counts, { meters, scope }, target);
      await target.buckets.flush(sql);
      if (page.position <= after) return;
      after = page.position;
    }
  }
}
