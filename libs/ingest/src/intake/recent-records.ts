import { sameValue, type UsageRecord } from '@odometer/domain';
import type { IntakeLimits } from '../limits.js';
import type { ReadRecord } from '../record/read-record.js';

interface Remembered {
  readonly tenant: string;
  readonly record: UsageRecord;
  readonly position: number;
  /** With the same transaction id, of another tenant or subject. */
  readonly next: Remembered | undefined;
}

/**
 * The last single records that were stored, so that a client's retry is answered `duplicate` without another append. It may forget
 * at any time (a restart empties it): the fold decides, this only saves work. It remembers nothing that is not durable.
 */
export class RecentRecords {
  /** Two generations, by transaction id: forgetting the older one at once costs nothing for each record. */
  private young = new Map<string, Remembered>();
  private youngRecords = 0;
  private old = new Map<string, Remembered>();

  constructor(private readonly limits: IntakeLimits) {}

  /** The position of the same record with the same content; undefined when it is not known, or when it said something else. */
  find(tenant: string, record: UsageRecord): number | undefined {
    const { transactionId } = record;
    const found =
      sameIdentity(this.young.get(transactionId), tenant, record) ??
      sameIdentity(this.old.get(transactionId), tenant, record);
    return found !== undefined && saysTheSame(found.record, record) ? found.position : undefined;
  }

  /** The first one counts, for ever: a later one with the same identity does not replace it. */
  remember(tenant: string, { record, bytes }: ReadRecord, position: number): void {
    if (bytes > this.limits.recentRecordBytes) return;
    const { transactionId } = record;
    const next = this.young.get(transactionId);
    if (sameIdentity(next, tenant, record) !== undefined) return;
    if (sameIdentity(this.old.get(transactionId), tenant, record) !== undefined) return;
    this.young.set(transactionId, { tenant, record, position, next });
    this.youngRecords += 1;
    if (this.youngRecords * 2 < this.limits.recentRecords) return;
    this.old = this.young;
    this.young = new Map();
    this.youngRecords = 0;
  }
}

/** Of those that share a transaction id the one with the same tenant and subject. */
function sameIdentity(
  first: Remembered | undefined,
  tenant: string,
  record: UsageRecord,
): Remembered | undefined {
  let one = first;
  while (one !== undefined && !(one.tenant === tenant && sameSubject(one.record, record))) {
    one = one.next;
  }
  return one;
}

/** A record that names its customer is about that one, whatever its subscription. */
const sameSubject = (a: UsageRecord, b: UsageRecord): boolean =>
  a.customerId === b.customerId &&
  (a.customerId !== undefined || a.subscriptionId === b.subscriptionId);

/** A time that was assigned on arrival is not part of what a record says. */
const saysTheSame = (a: UsageRecord, b: UsageRecord): boolean =>
  a.code === b.code &&
  a.subscriptionId === b.subscriptionId &&
  a.entityId === b.entityId &&
  a.timestampAssigned === b.timestampAssigned &&
  (a.timestampAssigned === true || a.timestamp === b.timestamp) &&
  sameValue(a.properties, b.properties);
