import type { IntakeLimits } from '../limits.js';

export interface Load {
  readonly records: number;
  readonly bytes: number;
}

const NOTHING: Load = { records: 0, bytes: 0 };

/** How much is waiting or being appended, in all and for each tenant, and whether there is room for more. */
export class QueueBudget {
  private total: Load = NOTHING;
  private readonly ofTenant = new Map<string, Load>();

  constructor(private readonly limits: IntakeLimits) {}

  get load(): Load {
    return this.total;
  }

  /** Takes room for all of it or for none. A request larger than the whole queue still gets in when nothing else waits. */
  take(tenant: string, load: Load): boolean {
    const own = this.ofTenant.get(tenant) ?? NOTHING;
    if (!this.fits(this.total, load, 1) || !this.fits(own, load, this.limits.tenantShare)) {
      return false;
    }
    this.total = sum(this.total, load);
    this.ofTenant.set(tenant, sum(own, load));
    return true;
  }

  release(tenant: string, load: Load): void {
    this.total = sum(this.total, { records: -load.records, bytes: -load.bytes });
    const own = sum(this.ofTenant.get(tenant) ?? NOTHING, {
      records: -load.records,
      bytes: -load.bytes,
    });
    if (own.records === 0) this.ofTenant.delete(tenant);
    else this.ofTenant.set(tenant, own);
  }

  private fits(taken: Load, more: Load, share: number): boolean {
    if (taken.records === 0) return true;
    const { records, bytes } = sum(taken, more);
    return records <= this.limits.queueRecords * share && bytes <= this.limits.queueBytes * share;
  }
}

const sum = (a: Load, b: Load): Load => ({
  records: a.records + b.records,
  bytes: a.bytes + b.bytes,
});
