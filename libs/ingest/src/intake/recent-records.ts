import { sameValue, subjectOf, type UsageRecord } from '@odometer/domain';
import type { IntakeLimits } from '../limits.js';
import type { ReadRecord } from '../record/read-record.js';

interface Remembered {
  readonly record: UsageRecord;
  readonly position: number;
}

/**
 * The last single records that were stored, so that a client's retry is answered `duplicate` without another append. It may forget
 * at any time (a restart empties it): the fold decides, this only saves work. It remembers nothing that is not durable.
 */
export class RecentRecords {
  /** Two generations: forgetting the older one at once costs nothing for each record. */
  private young = new Map<string, Remembered>();
  private old = new Map<string, Remembered>();

  constructor(private readonly limits: IntakeLimits) {}

  /** The position of the same record with the same content; undefined when it is not known, or when it said something else. */
  find(identity: string, record: UsageRecord): number | undefined {
    const found = this.young.get(identity) ?? this.old.get(identity);
    return found !== undefined && saysTheSame(found.record, record) ? found.position : undefined;
  }

  /** The first one counts, for ever: a later one with the same identity does not replace it. */
  remember(identity: string, { record, bytes }: ReadRecord, position: number): void {
    if (bytes > this.limits.recentRecordBytes) return;
    if (this.young.has(identity) || this.old.has(identity)) return;
    this.young.set(identity, { record, position });
    if (this.young.size * 2 < this.limits.recentRecords) return;
    this.old = this.young;
    this.young = new Map();
  }
}

/** Names a record among all of a process. Ids contain no NUL. */
export const identityOf = (tenant: string, record: UsageRecord): string =>
  `${tenant}\0${subjectOf(record)}\0${record.transactionId}`;

/** A time that was assigned on arrival is not part of what a record says. */
const saysTheSame = (a: UsageRecord, b: UsageRecord): boolean =>
  a.code === b.code &&
  a.subscriptionId === b.subscriptionId &&
  a.entityId === b.entityId &&
  a.timestampAssigned === b.timestampAssigned &&
  (a.timestampAssigned === true || a.timestamp === b.timestamp) &&
  sameValue(a.properties, b.properties);
