/** A shard as the lease table shows it at one moment. */
export interface Slot {
  readonly name: string;
  readonly generation: number;
  readonly shard: number;
  readonly target: 'live' | 'next';
  readonly version: number;
  readonly position: number;
  readonly epoch: number;
  /** Null when nobody holds it, or the holder let its lease run out. */
  readonly owner: string | null;
  readonly fault: string | null;
  readonly faultPosition: number | null;
}

/** A process that is alive, and the projections (`name@version`) that it has the code of. */
export interface Worker {
  readonly owner: string;
  readonly projections: ReadonlySet<string>;
}

export interface LeasePlan {
  readonly take: readonly Slot[];
  readonly release: readonly Slot[];
}

export const codeOf = (slot: { readonly name: string; readonly version: number }): string =>
  `${slot.name}@${slot.version}`;

export const slotKey = (slot: Pick<Slot, 'name' | 'generation' | 'shard'>): string =>
  `${slot.name}/${slot.generation}/${slot.shard}`;

/**
 * What process `me` should take and let go, so that every process holds at most its fair share, ceil(shards / processes), as
 * long as another one wants the rest. Sharded projections are balanced each by itself, because their shards are the heavy
 * ones; all others together. Every process plans for itself from the same table; row locks settle who was first.
 */
export function planLeases(
  slots: readonly Slot[],
  workers: readonly Worker[],
  me: string,
): LeasePlan {
  const take: Slot[] = [];
  const release: Slot[] = [];
  for (const group of groupsOf(slots)) {
    const plan = planGroup(group, workers, me);
    take.push(...plan.take);
    release.push(...plan.release);
  }
  return { take, release };
}

function groupsOf(slots: readonly Slot[]): Slot[][] {
  const sizes = new Map<string, number>();
  const projectionOf = (slot: Slot): string => `${slot.name}/${slot.generation}`;
  for (const slot of slots) {
    sizes.set(projectionOf(slot), (sizes.get(projectionOf(slot)) ?? 0) + 1);
  }
  const groups = new Map<string, Slot[]>();
  for (const slot of slots) {
    const key = sizes.get(projectionOf(slot)) === 1 ? '' : projectionOf(slot);
    const group = groups.get(key);
    if (group) group.push(slot);
    else groups.set(key, [slot]);
  }
  return [...groups.values()];
}

function planGroup(group: readonly Slot[], workers: readonly Worker[], me: string): LeasePlan {
  const able = workers.filter((worker) =>
    group.some((slot) => worker.projections.has(codeOf(slot))),
  );
  const self = able.find((worker) => worker.owner === me);
  if (!self) return { take: [], release: [] };
  const share = Math.ceil(group.length / able.length);
  const atLeast = Math.floor(group.length / able.length);
  const held = (owner: string | null): number =>
    group.filter((slot) => slot.owner === owner).length;
  const wantedByOther = (slot: Slot, below: number): boolean =>
    able.some((worker) => {
      const other = worker.owner !== me && worker.projections.has(codeOf(slot));
      return other && held(worker.owner) < below;
    });

  const mine = group.filter((slot) => slot.owner === me);
  const take: Slot[] = [];
  for (const slot of turnedBy(
    group,
    Math.floor((group.length * able.indexOf(self)) / able.length),
  )) {
    if (slot.owner !== null || slot.fault !== null) continue;
    if (!self.projections.has(codeOf(slot))) continue;
    if (mine.length + take.length < share || !wantedByOther(slot, share)) take.push(slot);
  }
  // Given up is what exceeds the share, and beyond that only what another one lacks to have what everybody must: shares never swing.
  const surplus = Math.max(mine.length - share, surplusFor(able, held, atLeast, me));
  const release = mine.filter((slot) => wantedByOther(slot, atLeast)).slice(-surplus);
  return { take, release: surplus === 0 ? [] : release };
}

/** Each process begins its choice at another place, so that those that look at the same moment do not all reach for the same shard. */
const turnedBy = (group: readonly Slot[], by: number): readonly Slot[] => [
  ...group.slice(by),
  ...group.slice(0, by),
];

/**
 * How many shards process `me` has to give up so that all have `atLeast`. Those with the most give first, one each; which ones that are all
 * processes see alike, so no more is given up than is lacking.
 */
function surplusFor(
  workers: readonly Worker[],
  held: (owner: string | null) => number,
  atLeast: number,
  me: string,
): number {
  const counts = new Map(workers.map(({ owner }) => [owner, held(owner)]));
  // What nobody holds is there to be taken first.
  let lacking = -held(null);
  for (const count of counts.values()) lacking += Math.max(0, atLeast - count);
  let mine = 0;
  for (; lacking > 0; lacking -= 1) {
    const [giver] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    if (giver === undefined || giver[1] <= atLeast) break;
    counts.set(giver[0], giver[1] - 1);
    if (giver[0] === me) mine += 1;
  }
  return mine;
}
