import { readProjections, readSlots, type Db } from './ledger.js';
import type { Slot } from './lease-plan.js';

export interface ShardStatus {
  readonly target: 'live' | 'next';
  readonly shard: number;
  readonly position: number;
  /** Events of the whole log that it has not looked at yet. */
  readonly lag: number;
  readonly owner: string | null;
  readonly epoch: number;
  readonly fault: { readonly text: string; readonly position: number } | null;
}

export interface ProjectionStatus {
  readonly name: string;
  readonly version: number;
  readonly generation: number;
  /** The version that is being built beside the live one. */
  readonly rebuilding: { readonly version: number; readonly generation: number } | null;
  /** Largest lag of a live shard. */
  readonly lag: number;
  readonly shards: readonly ShardStatus[];
}

export interface EngineStatus {
  readonly head: number;
  /** True when a live shard has stopped at an event. */
  readonly faulted: boolean;
  readonly lag: number;
  readonly projections: readonly ProjectionStatus[];
}

/** How far everything is, of all processes. For shards of this process the position of this moment, else the stored one. */
export async function readStatus(
  db: Db,
  head: number,
  localPosition: (slot: Slot) => number | null,
): Promise<EngineStatus> {
  const slots = await readSlots(db);
  const rows = await readProjections(db);
  const projections = rows.map((row): ProjectionStatus => {
    const shards = slots
      .filter((slot) => slot.name === row.name)
      .map((slot) => statusOf(slot, Math.max(slot.position, localPosition(slot) ?? 0), head));
    const { nextVersion, nextGeneration } = row;
    return {
      name: row.name,
      version: row.version,
      generation: row.generation,
      rebuilding:
        nextVersion === null || nextGeneration === null
          ? null
          : { version: nextVersion, generation: nextGeneration },
      lag: lagOf(shards),
      shards,
    };
  });
  const live = projections.flatMap(({ shards }) => shards.filter(isLive));
  return {
    head,
    faulted: live.some(({ fault }) => fault !== null),
    lag: lagOf(live),
    projections,
  };
}

const isLive = ({ target }: ShardStatus): boolean => target === 'live';

const lagOf = (shards: readonly ShardStatus[]): number =>
  Math.max(0, ...shards.filter(isLive).map(({ lag }) => lag));

const statusOf = (slot: Slot, position: number, head: number): ShardStatus => ({
  target: slot.target,
  shard: slot.shard,
  position,
  lag: Math.max(0, head - position),
  owner: slot.owner,
  epoch: slot.epoch,
  fault:
    slot.fault === null ? null : { text: slot.fault, position: slot.faultPosition ?? position },
});
