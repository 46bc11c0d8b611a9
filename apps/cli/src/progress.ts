import { SingleBar } from 'cli-progress';

/** Shows how far a step is in a log of so many positions: a bar on a terminal, one line at the end elsewhere. */
export async function withProgress<T>(
  title: string,
  total: number,
  run: (onProgress: (value: number) => void) => Promise<T>,
): Promise<T> {
  if (!process.stdout.isTTY) {
    const started = Date.now();
    const result = await run(() => undefined);
    process.stdout.write(`${title} in ${((Date.now() - started) / 1_000).toFixed(1)} s\n`);
    return result;
  }
  const bar = new SingleBar({
    format: `${title.padEnd(10)} {bar} {percentage} % {duration_formatted}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
  });
  bar.start(total, 0);
  try {
    return await run((value) => bar.update(Math.min(value, total)));
  } finally {
    bar.stop();
  }
}
