/** What the user did or gave is wrong: the message says all there is to say. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
}

/** A refusal in its own words, anything else with where it happened. */
export function describeFailure(error: unknown): string {
  if (error instanceof CommandRefused) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
