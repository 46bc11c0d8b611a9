/** A live shard that an engine works on, and how far it is. */
export interface HeldShard {
  readonly name: string;
  readonly shard: number;
  readonly position: number;
}

/** What the engines in other threads of this process hold, as they said last. */
export class Elsewhere {
  private readonly byEngine = new Map<string, ReadonlyMap<string, number>>();

  /** `held` is all that the engine holds now: what it no longer names, it no longer holds. */
  hear(engine: string, held: readonly HeldShard[]): void {
    this.byEngine.set(
      engine,
      new Map(held.map(({ name, shard, position }) => [keyOf(name, shard), position])),
    );
  }

  /** Null when none of them holds the shard. */
  position(name: string, shard: number): number | null {
    const key = keyOf(name, shard);
    for (const held of this.byEngine.values()) {
      const position = held.get(key);
      if (position !== undefined) return position;
    }
    return null;
  }
}

const keyOf = (name: string, shard: number): string => `${name}/${shard}`;
