import { isAscii, isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { decimal, PRICE_PROPERTY, toText } from '@odometer/domain';
import { NUMBER_LENGTH_MAX, PROPERTIES_DEPTH_MAX } from '../limits.js';

/** The body is not JSON in UTF-8. `message` says where and why. */
export class MalformedBody extends Error {
  override readonly name = 'MalformedBody';
}

export interface ParsedBody {
  readonly value: unknown;
  /** Whether the text has escapes: only these can bring NUL and lone surrogates into strings. */
  readonly escapes: boolean;
  /** Whether one character is one byte. */
  readonly ascii: boolean;
}

/** A double carries any fifteen significant digits. */
const EXACT_LENGTH_MAX = 15;
const NOT_NUMBERS = /NaN|Infinity/;

/** Nobody can send this prefix, so a marked number is never confused with a string that was sent. */
const MARK = `\u0000${randomUUID()}:`;
const MARK_JSON = JSON.stringify(MARK).slice(0, -1);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const LETTER_E = 0x65;
const LOWER_CASE = 0x20;

/** Where digits are kept: below the field of this name, or in the whole body. In a record's own price they always are. */
export type ExactPlace = 'properties' | 'data' | 'everything';

/**
 * Reads JSON without losing digits: inside `properties` (or where else the caller says), a number that a double cannot carry exactly becomes a decimal string; as a
 * timestamp it stays text too. NaN, Infinity and numbers beyond the range become non-finite numbers, which validation refuses with
 * a pointer. Everything else is plain `JSON.parse`, which is all that most bodies pay for. Throws MalformedBody.
 */
export function parseExactJson(body: Buffer, exactIn: ExactPlace = 'properties'): ParsedBody {
  const ascii = isAscii(body);
  if (!ascii && !isUtf8(body)) throw new MalformedBody('the body is not valid UTF-8');
  const text = body.toString(ascii ? 'latin1' : 'utf8');
  const escapes = body.includes(BACKSLASH);
  const value = parse(text, exactIn);
  if (!mayLoseDigits(body)) return { value, escapes, ascii };
  return { value: parseMarked(text, exactIn), escapes, ascii };
}

/** Whether any number outside strings is long or has an exponent. Jumps over strings, and so looks at few of the bytes. */
function mayLoseDigits(body: Buffer): boolean {
  let at = 0;
  while (at < body.length) {
    const byte = body[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfStringBytes(body, at + 1);
    } else if (byte >= ZERO && byte <= NINE) {
      const end = endOfDigits(body, at);
      if (end - at > EXACT_LENGTH_MAX || ((body[end] ?? 0) | LOWER_CASE) === LETTER_E) return true;
      at = end;
    } else at += 1;
  }
  return false;
}

function endOfDigits(body: Buffer, from: number): number {
  let at = from;
  let byte = body[at] ?? 0;
  while ((byte >= ZERO && byte <= NINE) || byte === POINT) {
    at += 1;
    byte = body[at] ?? 0;
  }
  return at;
}

function endOfStringBytes(body: Buffer, from: number): number {
  let quote = body.indexOf(QUOTE, from);
  while (quote !== -1) {
    let before = quote - 1;
    while (before >= from && body[before] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  return body.length;
}

function parse(text: string, exactIn: ExactPlace): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (NOT_NUMBERS.test(text)) return parseMarked(text, exactIn);
    throw malformed(error);
  }
}

function parseMarked(text: string, exactIn: ExactPlace): unknown {
  const place = exactIn === 'everything' ? 'exact' : 'outside';
  try {
    return new Restoring(exactIn).restored(JSON.parse(markNumbers(text)), place, 0);
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(error: unknown): MalformedBody {
  const reason = error instanceof Error ? error.message : String(error);
  return new MalformedBody(`the body is not valid JSON: ${reason}`);
}

/** Puts every number that a double would change in quotes, behind the mark. Jumps over strings. */
function markNumbers(text: string): string {
  let marked = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (startsNumber(unit)) {
      const end = endOfNumber(text, at);
      const literal = text.slice(at, end);
      if (!isExact(literal)) {
        marked += `${text.slice(copied, at)}${MARK_JSON}${literal}"`;
        copied = end;
      }
      at = end;
    } else {
      at += 1;
    }
  }
  return marked + text.slice(copied);
}

/** The place after the closing quote. A quote is escaped when an odd number of backslashes stands before it. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (quote !== -1) {
    let before = quote - 1;
    while (before >= from && text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

/** A digit, a minus, or the first letter of NaN or Infinity. */
function startsNumber(unit: number): boolean {
  return (unit >= ZERO && unit <= NINE) || unit === 0x2d || unit === 0x4e || unit === 0x49;
}

const NUMBER_TEXT = /[-+.\w]*/y;

function endOfNumber(text: string, from: number): number {
  NUMBER_TEXT.lastIndex = from;
  NUMBER_TEXT.test(text);
  return Math.max(NUMBER_TEXT.lastIndex, from + 1);
}

const NUMBER = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
const NON_FINITE = /^-?(?:NaN|Infinity)$/;

/** Whether a double keeps all the digits. What is no number at all counts as exact: it is left for `JSON.parse` to refuse. */
function isExact(literal: string): boolean {
  if (!NUMBER.test(literal)) return !NON_FINITE.test(literal);
  const value = Number(literal);
  if (!isRepresentable(literal)) return false;
  return decimal(literal).eq(decimal(String(value)));
}

/** Neither beyond the largest nor below the smallest double, and of a sane length. */
function isRepresentable(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value) || literal.length > NUMBER_LENGTH_MAX) return false;
  return value !== 0 || !/[1-9]/.test(literal.split(/[eE]/)[0] ?? '');
}

type Place = 'outside' | 'timestamp' | 'exact';

/** Properties lie two levels below the top of a batch: deeper than this is refused anyway. */
const RESTORED_DEPTH_MAX = PROPERTIES_DEPTH_MAX + 4;

/** Defined, not assigned: a key `__proto__` stays a key until validation refuses it. */
const PLAIN = { writable: true, enumerable: true, configurable: true };

class Restoring {
  constructor(private readonly exactIn: ExactPlace) {}

  restored(value: unknown, place: Place, depth: number): unknown {
    if (typeof value === 'string')
      return value.startsWith(MARK) ? restoredNumber(value, place) : value;
    if (typeof value !== 'object' || value === null || depth > RESTORED_DEPTH_MAX) return value;
    for (const [key, child] of Object.entries(value)) {
      const after = this.restored(child, this.placeOf(key, place), depth + 1);
      if (after !== child) Object.defineProperty(value, key, { value: after, ...PLAIN });
    }
    return value;
  }

  private placeOf(key: string, place: Place): Place {
    if (place === 'exact' || key === this.exactIn || key === PRICE_PROPERTY) return 'exact';
    return key === 'timestamp' ? 'timestamp' : 'outside';
  }
}

/** Where a string stands for nothing (an id, say) the number stays a number, so that validation names the wrong type. */
function restoredNumber(marked: string, place: Place): string | number {
  const literal = marked.slice(MARK.length);
  if (NON_FINITE.test(literal) || !isRepresentable(literal)) return Number.NaN;
  return place === 'outside' ? Number(literal) : toText(decimal(literal));
}
