import type { JsonValue } from '../kernel/json.js';

/** A scalar as text, so that the number 1 and the text "1" are equal; null for what is absent, null or not a scalar. */
export function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}
