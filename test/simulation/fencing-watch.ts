import type { FaultDice } from './faults.js';
import type { Actor, Settled } from './scheduler.js';
import type { Answer, SimPostgres } from './sim-postgres.js';

const CHECKPOINT =
  /move_checkpoint\('(?<name>\w+)', (?<generation>\d+), (?<shard>\d+), (?<epoch>\d+), \d+, (?<to>\d+)\)/;

/** Looks at every checkpoint that was moved: whoever moved it must hold the shard, by the epoch that stands in the table. */
export class FencingWatch {
  constructor(
    private readonly server: SimPostgres,
    private readonly dice: FaultDice,
    private readonly problems: string[],
  ) {}

  async look(actor: Actor, text: string, settled: Settled<Answer>): Promise<void> {
    const moved = CHECKPOINT.exec(text)?.groups;
    if (!moved) return;
    if ('error' in settled) {
      if (/the lease with epoch/.test(String(settled.error))) this.dice.count('zombies refused');
      return;
    }
    const { name, generation, shard, epoch } = moved;
    const [row] = await this.server.inspect<{ epoch: string }>(
      'SELECT epoch FROM odometer.projection_shards WHERE name = $1 AND generation = $2 AND shard = $3',
      [name, generation, shard],
    );
    if (row?.epoch === epoch) return;
    this.problems.push(
      `${actor.name} wrote ${name}/${shard} with epoch ${epoch}, which is ${row?.epoch ?? 'gone'}`,
    );
  }
}
