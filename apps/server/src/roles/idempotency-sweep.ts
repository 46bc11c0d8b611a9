import type { Logger } from 'pino';
import type { IdempotencyKeys } from '../http/idempotency/idempotency-keys.js';

const SWEEP_INTERVAL_MS = 3_600_000;

/** Forgets old answers now and every hour. Failures are logged; the next sweep does the work of both. */
export function startIdempotencySweep(keys: IdempotencyKeys, log: Logger): { stop(): void } {
  const sweep = (): void => {
    keys.sweep().then(
      (forgotten) => log.debug({ forgotten }, 'old answers forgotten'),
      (error: unknown) => log.warn({ err: error }, 'old answers could not be forgotten'),
    );
  };
  sweep();
  const timer = setInterval(sweep, SWEEP_INTERVAL_MS).unref();
  return { stop: () => clearInterval(timer) };
}
