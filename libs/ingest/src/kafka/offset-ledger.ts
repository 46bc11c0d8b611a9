import { toIso, type Instant } from '@odometer/domain';
import type pg from 'pg';

/** The messages that are being stored now, up to and including one; written down before the first of them is. */
export interface Plan {
  readonly lastOffset: number;
  readonly readAt: Instant;
}

/** How far a partition is stored, and by whom. */
export interface Place {
  readonly partition: number;
  /** Everything below is in the log, or among the dead letters. */
  readonly nextOffset: number;
  readonly plan: Plan | null;
  /** Grows with each claim: who holds an older one can write no more. */
  readonly epoch: number;
}

/** Another process has claimed the partition since. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost';

  constructor(topic: string, partition: number) {
    super(`partition ${partition} of ${topic} was claimed by another process`);
  }
}

interface Row {
  readonly next_offset: string;
  readonly planned_last: string | null;
  readonly planned_at: Date | null;
  readonly epoch: string;
}

const COLUMNS = 'next_offset, planned_last, planned_at, epoch';

/** The offsets of a consumer group in one topic, in PostgreSQL. What Kafka remembers of them is a hint for tools. */
export class OffsetLedger {
  constructor(
    private readonly pool: pg.Pool,
    private readonly group: string,
    private readonly topic: string,
  ) {}

  /** Takes the partition over. A partition that was never read begins at `firstOffset`. */
  async claim(partition: number, firstOffset: number): Promise<Place> {
    const { rows } = await this.pool.query<Row>(
      `INSERT INTO odometer.kafka_offsets AS o (consumer_group, topic, partition, next_offset)
       VALUES ($1, $2, $3, $4)
       ON CONFLICT (consumer_group, topic, partition) DO UPDATE SET epoch = o.epoch + 1
       RETURNING ${COLUMNS}`,
      [this.group, this.topic, partition, firstOffset],
    );
    return placeOf(partition, rows[0]!);
  }

  /** Writes down how far it is, and what comes next. Throws PartitionLost when the claim is no longer the last one. */
  async move(place: Place, nextOffset: number, plan: Plan | null): Promise<Place> {
    const { rowCount } = await this.pool.query(
      `UPDATE odometer.kafka_offsets SET next_offset = $5, planned_last = $6, planned_at = $7
        WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND epoch = $4`,
      [
        this.group,
        this.topic,
        place.partition,
        place.epoch,
        nextOffset,
        plan?.lastOffset ?? null,
        plan === null ? null : toIso(plan.readAt),
      ],
    );
    if (rowCount === 0) throw new PartitionLost(this.topic, place.partition);
    return { ...place, nextOffset, plan };
  }
}

const placeOf = (partition: number, row: Row): Place => ({
  partition,
  nextOffset: Number(row.next_offset),
  plan:
    row.planned_last === null || row.planned_at === null
      ? null
      : { lastOffset: Number(row.planned_last), readAt: row.planned_at.getTime() },
  epoch: Number(row.epoch),
});
