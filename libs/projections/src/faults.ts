import { StoreUnavailable } from '@odometer/event-store';
import { LEASE_LOST_STATE } from './migrations.js';

/**
 * SQLSTATE classes that say nothing about the events: connection (08), rollback by deadlock or serialization (40), resources (53),
 * operator intervention (57), system (58).
 */
const TRANSIENT_CLASSES = new Set(['08', '40', '53', '57', '58']);

/** lock_not_available, and idle_in_transaction_session_timeout. */
const TRANSIENT_STATES = new Set(['55P03', '25P03']);

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What `pg` says, without any code, of a connection that is gone. */
const LOST_CONNECTION =
  /connection terminated|not queryable|timeout exceeded when trying to connect|client was closed|query read timeout|timeout expired/i;

/** Whether trying again, unchanged, may succeed. Anything else that `apply` throws stops the shard. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Folds read the log, too: its absence says nothing about the events.
  if (error instanceof StoreUnavailable) return true;
  const code = codeOfError(error);
  if (code === null) return LOST_CONNECTION.test(error.message);
  return (
    TRANSIENT_STATES.has(code) ||
    SOCKET_CODES.has(code) ||
    (code.length === 5 && TRANSIENT_CLASSES.has(code.slice(0, 2)))
  );
}

export const isLeaseLost = (error: unknown): boolean =>
  error instanceof Error && codeOfError(error) === LEASE_LOST_STATE;

const codeOfError = (error: Error): string | null =>
  'code' in error && typeof error.code === 'string' ? error.code : null;

/** The pause before attempt `attempt` (1, 2, …): doubled each time, up to `max`. */
export const backOffMs = (attempt: number, min: number, max: number): number =>
  Math.min(max, min * 2 ** Math.min(attempt - 1, 20));

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
