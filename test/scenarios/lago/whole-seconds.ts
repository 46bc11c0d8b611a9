/** Lago writes whole seconds. */
export const firstSecondOf = (start: string | undefined): string | undefined =>
  start?.replace('.000Z', 'Z');

/** Lago ends a period with its last whole second, where here it is the first instant that does not belong to it. */
export function lastSecondOf(end: string | undefined): string | undefined {
  if (end === undefined) return undefined;
  const last = new Date(Math.ceil(Date.parse(end) / 1_000) * 1_000 - 1_000);
  return last.toISOString().replace('.000Z', 'Z');
}
