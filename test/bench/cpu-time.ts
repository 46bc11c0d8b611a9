import { readdir, readFile } from 'node:fs/promises';

/** What Linux counts in: a hundredth of a second on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places in /proc/<pid>/stat behind the name of the process: its parent, its time, and that of children that have ended. */
const PARENT = 1;
const TIMES = [11, 12, 13, 14];

/**
 * Seconds that a process and its children have spent on processors so far. It is far less moved by what else the machine does than the time on
 * the clock. Null where there is no /proc.
 */
export async function cpuSecondsOf(pid: number): Promise<number | null> {
  const processes = await allProcesses();
  if (processes === null) return null;
  const family = processes.filter((one) => one.pid === pid || one.parent === pid);
  return family.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

interface ProcessTime {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

async function allProcesses(): Promise<ProcessTime[] | null> {
  try {
    const names = await readdir('/proc');
    const read = names.filter((name) => /^\d+$/.test(name)).map((name) => timeOf(Number(name)));
    return (await Promise.all(read)).filter((one) => one !== null);
  } catch {
    // Not Linux.
    return null;
  }
}

async function timeOf(pid: number): Promise<ProcessTime | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name stands in parentheses and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = TIMES.reduce((sum, place) => sum + Number(fields[place]), 0);
    return { pid, parent: Number(fields[PARENT]), ticks };
  } catch {
    // It has ended meanwhile.
    return null;
  }
}
