import { SingleBar } from 'cli-progress';

/** Shows how far a step is: a bar on a terminal, one line when it is done elsewhere. */
export async function withProgress<T>(
  title: string,
  total: number,
  run: (advance: (by?: number) => void) => Promise<T>,
): Promise<T> {
  const label = title.padEnd(34);
  if (!process.stdout.isTTY) {
    const started = Date.now();
    const result = await run(() => undefined);
    console.log(`${label} ${total.toLocaleString('en')} in ${seconds(Date.now() - started)}`);
    return result;
  }
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(total, 0);
  try {
    return await run((by = 1) => bar.increment(by));
  } finally {
    bar.stop();
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
