import type { FieldError } from '@odometer/domain';
import { PROPERTIES_BYTES_MAX, PROPERTIES_DEPTH_MAX, PROPERTY_KEY_LENGTH_MAX } from '../limits.js';
import { childPointer } from './pointer.js';
import { isStorableText, type TextTraits } from './text.js';

/** No JSON number that a double holds is written longer. */
const NUMBER_JSON_LENGTH = 25;

/**
 * An upper bound of the bytes that properties take as JSON, or Infinity when something in them must be refused. One walk, no
 * allocation: this runs for every record. `explainProperties` tells what is wrong.
 */
export function weighProperties(properties: object, traits: TextTraits): number {
  const weight = weighObject(properties, 1, traits);
  if (weight <= PROPERTIES_BYTES_MAX || weight === Number.POSITIVE_INFINITY) return weight;
  return jsonBytes(properties) <= PROPERTIES_BYTES_MAX ? weight : Number.POSITIVE_INFINITY;
}

function weigh(value: unknown, depth: number, traits: TextTraits): number {
  if (typeof value === 'string') return weighText(value, traits);
  if (typeof value === 'number') {
    return Number.isFinite(value) ? NUMBER_JSON_LENGTH : Number.POSITIVE_INFINITY;
  }
  if (typeof value !== 'object' || value === null) return 6;
  if (depth > PROPERTIES_DEPTH_MAX) return Number.POSITIVE_INFINITY;
  return Array.isArray(value)
    ? weighArray(value, depth, traits)
    : weighObject(value, depth, traits);
}

function weighArray(values: readonly unknown[], depth: number, traits: TextTraits): number {
  let weight = 2;
  for (const value of values) weight += weigh(value, depth + 1, traits);
  return weight;
}

function weighObject(value: object, depth: number, traits: TextTraits): number {
  let weight = 2;
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    if (!isPropertyKey(key, traits)) return Number.POSITIVE_INFINITY;
    weight += key.length * traits.bytesPerUnit + 4 + weigh(fields[key], depth + 1, traits);
  }
  return weight;
}

function weighText(text: string, traits: TextTraits): number {
  if (traits.escapes && !isStorableText(text)) return Number.POSITIVE_INFINITY;
  return text.length * traits.bytesPerUnit + 3;
}

/** `__proto__` is refused: any later copy by assignment would change an object's behaviour instead of its content. */
function isPropertyKey(key: string, traits: TextTraits): boolean {
  if (key.length > PROPERTY_KEY_LENGTH_MAX || key === '__proto__') return false;
  return !traits.escapes || isStorableText(key);
}

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Everything that is wrong with properties that `weighProperties` refused, in the order of the text. */
export function explainProperties(properties: unknown, pointer: string): FieldError[] {
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    return [{ pointer, code: 'wrong_type', detail: 'properties must be an object' }];
  }
  const errors: FieldError[] = [];
  explainValue(properties, { pointer, depth: 1 }, errors);
  if (errors.length === 0 && jsonBytes(properties) > PROPERTIES_BYTES_MAX) {
    const detail = `properties must take at most ${PROPERTIES_BYTES_MAX} bytes as JSON`;
    errors.push({ pointer, code: 'too_large', detail });
  }
  return errors;
}

interface Place {
  readonly pointer: string;
  readonly depth: number;
}

function explainValue(value: unknown, place: Place, errors: FieldError[]): void {
  const { pointer, depth } = place;
  if (typeof value === 'string' && !isStorableText(value)) errors.push(badText(pointer));
  if (typeof value === 'number' && !Number.isFinite(value)) errors.push(notFinite(pointer));
  if (typeof value !== 'object' || value === null) return;
  if (depth > PROPERTIES_DEPTH_MAX) {
    const detail = `properties must be at most ${PROPERTIES_DEPTH_MAX} levels deep`;
    errors.push({ pointer, code: 'too_deep', detail });
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const at = childPointer(pointer, key);
    if (!Array.isArray(value)) explainKey(key, at, errors);
    explainValue(child, { pointer: at, depth: depth + 1 }, errors);
  }
}

function explainKey(key: string, pointer: string, errors: FieldError[]): void {
  if (key.length > PROPERTY_KEY_LENGTH_MAX) {
    const detail = `a property name must have at most ${PROPERTY_KEY_LENGTH_MAX} characters`;
    errors.push({ pointer, code: 'too_long', detail });
  }
  if (key === '__proto__') {
    errors.push({ pointer, code: 'reserved', detail: '__proto__ cannot be a property name' });
  }
  if (!isStorableText(key)) errors.push(badText(pointer));
}

const badText = (pointer: string): FieldError => ({
  pointer,
  code: 'invalid_text',
  detail: 'text must not contain NUL or half of a surrogate pair',
});

const notFinite = (pointer: string): FieldError => ({
  pointer,
  code: 'not_finite',
  detail: 'a number must be finite and within the range that numbers can have',
});
