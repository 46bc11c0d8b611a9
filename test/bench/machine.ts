import { cpus, loadavg, release, totalmem, type } from 'node:os';
import type { World } from './world.js';

/** What the figures were measured on, one line for each thing. */
export async function describeMachine(world: World): Promise<string[]> {
  const [server] = await world.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  const cores = cpus();
  return [
    `${cores.length} cores, ${cores[0]?.model.trim() ?? 'unknown'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${type()} ${release()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${server?.version ?? 'unknown'}, settings of the embedded server`,
    `load average before the run ${loadBefore.map((load) => load.toFixed(2)).join(', ')}`,
  ];
}

const loadBefore = loadavg();
