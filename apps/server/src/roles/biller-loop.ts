import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '@odometer/domain';
import type { Logger } from 'pino';
import type { Billing } from '../billing/billing.js';

export interface BillerLoopOptions {
  readonly billing: Billing;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly intervalMs: number;
}

/** Bills what is due, again and again. Several processes may do so: each thing is billed once. */
export function startBillerLoop(options: BillerLoopOptions): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = run(options, ending.signal);
  return {
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

async function run(options: BillerLoopOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await billOnce(options);
    // Rejects when it is aborted, which only ends the pause.
    await sleep(options.intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

async function billOnce({ billing, log, now }: BillerLoopOptions): Promise<void> {
  try {
    const { drafted, finalized, faults } = await billing.biller.billDue({ now: now() });
    if (drafted + finalized > 0) log.info({ drafted, finalized }, 'billed');
    for (const { item, error } of faults) {
      log.error({ err: error, item }, 'a subscription could not be billed');
    }
  } catch (error) {
    // The next round tries again; nothing is lost, for what is due stays due.
    log.warn({ err: error }, 'a billing round failed');
  }
}
