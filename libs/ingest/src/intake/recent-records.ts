import { subjectOf, type UsageRecord } from '@odometer/domain';
import type { IntakeLimits } from '../limits.js';

interface Remembered {
  readonly content: string;
  readonly position: number;
}

/** What names a record and what it says, as two texts. */
export interface Fingerprint {
  readonly identity: string;
  readonly content: string;
}

/**
 * The last single records that were stored, so that a client's retry is answered `duplicate` without another append. It may forget
 * at any time (a restart empties it): the fold decides, this only saves work. It remembers nothing that is not durable.
 */
export class RecentRecords {
  private readonly remembered = new Map<string, Remembered>();

  constructor(private readonly limits: IntakeLimits) {}

  /** The position of the same record with the same content; undefined when it is not known, or when it said something else. */
  find({ identity, content }: Fingerprint): number | undefined {
    const found = this.remembered.get(identity);
    return found?.content === content ? found.position : undefined;
  }

  /** The first one counts, for ever: a later one with the same identity does not replace it. */
  remember({ identity, content }: Fingerprint, position: number): void {
    if (content.length > this.limits.recentContentLength || this.remembered.has(identity)) return;
    this.remembered.set(identity, { content, position });
    if (this.remembered.size <= this.limits.recentRecords) return;
    const oldest = this.remembered.keys().next();
    if (!oldest.done) this.remembered.delete(oldest.value);
  }
}

/** A time that was assigned on arrival is not part of what a record says. */
export function fingerprintOf(tenant: string, record: UsageRecord): Fingerprint {
  const timestamp = record.timestampAssigned ? null : record.timestamp;
  const { code, subscriptionId, entityId, properties } = record;
  return {
    identity: JSON.stringify([tenant, subjectOf(record), record.transactionId]),
    content: JSON.stringify([code, subscriptionId, entityId, timestamp, properties]),
  };
}
