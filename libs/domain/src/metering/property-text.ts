import type { JsonObject, JsonValue } from '../kernel/json.js';

/** A scalar as text, so that the number 1 and the text "1" are equal; null for what is absent, null or not a scalar. */
export function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return null;
}

/** Only what was sent: a key such as `constructor`, which every object inherits, finds nothing else. */
export const ownProperty = (
  properties: JsonObject | undefined,
  key: string,
): JsonValue | undefined =>
  properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
