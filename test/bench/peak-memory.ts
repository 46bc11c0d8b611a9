import { readFile } from 'node:fs/promises';

const SAMPLE_MS = 50;

/** Watches what a process keeps in memory (its resident set, threads included), from now on until the work is over. */
export async function peakMemoryDuring<Result>(
  pid: number,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly peakBytes: number }> {
  let peakBytes = 0;
  const sample = async (): Promise<void> => {
    peakBytes = Math.max(peakBytes, await residentBytesOf(pid));
  };
  await sample();
  // A sample that fails finds the process gone, and the work fails of it.
  const timer = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS);
  try {
    return { result: await work(), peakBytes };
  } finally {
    clearInterval(timer);
  }
}

/** Throws where there is no /proc, that is elsewhere than on Linux. */
async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kibibytes === undefined) throw new Error(`process ${pid} tells no resident memory`);
  return Number(kibibytes) * 1024;
}
