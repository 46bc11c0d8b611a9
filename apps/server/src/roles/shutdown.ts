import type { Logger } from 'pino';

interface Step {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

/** A step that takes longer is left behind, so that the process ends in time. */
export const STEP_TIMEOUT_MS = 7_000;

/** Collects what has to be stopped, and stops it once, the last started first. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private running: Promise<void> | null = null;

  constructor(private readonly log: Logger) {}

  add(name: string, run: () => Promise<unknown>): void {
    this.steps.push({ name, run });
  }

  run(): Promise<void> {
    this.running ??= this.stopAll();
    return this.running;
  }

  private async stopAll(): Promise<void> {
    for (const { name, run } of this.steps.reverse()) {
      try {
        await inTime(run(), name);
      } catch (error) {
        // The others have to be stopped all the same.
        this.log.error({ err: error, step: name }, 'a step of the shutdown failed');
      }
    }
  }
}

async function inTime(work: Promise<unknown>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not stop in time`)), STEP_TIMEOUT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
