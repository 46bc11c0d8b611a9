import type { IntakeLimits } from '../limits.js';

export interface Load {
  readonly records: number;
  readonly bytes: number;
}

/** Changed in place: this is added up for every record that comes alone. */
interface Sum {
  records: number;
  bytes: number;
}

/** How much is waiting or being appended, in all and for each tenant, and whether there is room for more. */
export class QueueBudget {
  private readonly total: Sum = { records: 0, bytes: 0 };
  private readonly ofTenant = new Map<string, Sum>();

  constructor(private readonly limits: IntakeLimits) {}

  /** At this moment. */
  get load(): Load {
    return this.total;
  }

  /** Takes room for all of it or for none. A request larger than the whole queue still gets in when nothing else waits. */
  take(tenant: string, load: Load): boolean {
    if (!this.fits(this.total, load, 1)) return false;
    let own = this.ofTenant.get(tenant);
    if (own === undefined) {
      own = { records: 0, bytes: 0 };
      this.ofTenant.set(tenant, own);
    }
    if (!this.fits(own, load, this.limits.tenantShare)) return false;
    add(this.total, load, 1);
    add(own, load, 1);
    return true;
  }

  release(tenant: string, load: Load): void {
    add(this.total, load, -1);
    const own = this.ofTenant.get(tenant);
    if (own === undefined) return;
    add(own, load, -1);
    if (own.records === 0) this.ofTenant.delete(tenant);
  }

  private fits(taken: Load, more: Load, share: number): boolean {
    if (taken.records === 0) return true;
    const { queueRecords, queueBytes } = this.limits;
    return (
      taken.records + more.records <= queueRecords * share &&
      taken.bytes + more.bytes <= queueBytes * share
    );
  }
}

function add(sum: Sum, { records, bytes }: Load, sign: 1 | -1): void {
  sum.records += sign * records;
  sum.bytes += sign * bytes;
}
