import { constants, getPriority, setPriority } from 'node:os';
import type { Logger } from 'pino';

/** So much nicer than the process are threads that fold: they get a third of its time where both want the whole of a core, and all of it where nobody else does. */
const FOLD_NICENESS = 5;

/**
 * Lets others on the machine go before this thread: folding can wait, whoever asks cannot. On Linux alone, where the niceness of a thread is its own; elsewhere
 * it would be that of the whole process.
 */
export function yieldToRequests(log: Logger): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(Math.min(getPriority() + FOLD_NICENESS, constants.priority.PRIORITY_LOW));
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'usage is folded at the priority of requests');
  }
}
