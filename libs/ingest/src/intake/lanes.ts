import type { Origin } from './append-segment.js';
import type { Lane } from './lane.js';

/** Of which stream, for which sender: an event names one actor. */
export interface LaneOwner extends Origin {
  readonly shard: number;
}

type LanesOfActor = Map<number, Lane>;
type LanesOfTenant = Map<string, LanesOfActor>;

/** The lanes in use. Idle ones are dropped, so that their number stays bounded. Nested, because a key for all three would be made anew for each record. */
export class Lanes {
  private readonly tenants = new Map<string, LanesOfTenant>();

  constructor(private readonly make: (owner: LaneOwner, onIdle: () => void) => Lane) {}

  of({ tenant, actor }: Origin, shard: number): Lane {
    return this.tenants.get(tenant)?.get(actor)?.get(shard) ?? this.add({ tenant, actor, shard });
  }

  private add(owner: LaneOwner): Lane {
    const { tenant, actor, shard } = owner;
    const ofTenant: LanesOfTenant = this.tenants.get(tenant) ?? new Map<string, LanesOfActor>();
    const ofActor: LanesOfActor = ofTenant.get(actor) ?? new Map<number, Lane>();
    const lane = this.make(owner, () => this.drop(owner));
    this.tenants.set(tenant, ofTenant.set(actor, ofActor.set(shard, lane)));
    return lane;
  }

  private drop({ tenant, actor, shard }: LaneOwner): void {
    const ofTenant = this.tenants.get(tenant);
    const ofActor = ofTenant?.get(actor);
    ofActor?.delete(shard);
    if (ofActor?.size === 0) ofTenant?.delete(actor);
    if (ofTenant?.size === 0) this.tenants.delete(tenant);
  }
}
