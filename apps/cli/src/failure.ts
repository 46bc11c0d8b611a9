import { StoreUnavailable } from '@odometer/event-store';
import { DatabaseUnreachable } from '@odometer/event-store/postgres';

/** What the user did or gave is wrong: the message says all there is to say. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
}

/** Codes of Node and PostgreSQL for servers that are away, or that do not let us in. */
const NOT_REACHED = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  '28000',
  '28P01',
  '3D000',
];

/** A refusal, and a server that cannot be reached, in their own words; anything else with where it happened. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const plain =
    error instanceof CommandRefused ||
    error instanceof StoreUnavailable ||
    error instanceof DatabaseUnreachable ||
    NOT_REACHED.includes(code);
  return plain ? error.message || code : (error.stack ?? error.message);
}
