import type { Instant } from '@odometer/domain';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const SECONDS_TEXT = /^-?\d{1,15}(?:\.\d{1,30})?$/;

/**
 * The instant of a timestamp as it is sent: ISO 8601 with a zone, or Unix seconds as a number or as decimal text. Parts below a
 * millisecond are cut off, never rounded up into the next hour or period. NaN for anything else. The range is not checked here.
 */
export function readTimestamp(value: unknown): Instant {
  if (typeof value === 'number') return fromSeconds(value);
  if (typeof value !== 'string') return Number.NaN;
  const instant = fromIsoText(value);
  return Number.isNaN(instant) ? fromSecondsText(value) : instant;
}

/** A double near today resolves a quarter of a microsecond: what looks like …122.9999998 ms was sent as …123 ms. */
function fromSeconds(seconds: number): Instant {
  return Math.floor(Math.round(seconds * 1_000_000) / 1_000);
}

function fromSecondsText(text: string): Instant {
  if (!SECONDS_TEXT.test(text)) return Number.NaN;
  const [whole = '', fraction = ''] = text.split('.');
  const sign = text.startsWith('-') ? -1 : 1;
  return Number(whole) * 1_000 + sign * Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/**
 * `YYYY-MM-DDTHH:MM[:SS[.fraction]](Z|±HH[[:]MM])`, a real date and a zone that is said. `Date.parse` would take 30 February for 2 March
 * and a missing zone for that of the server. Written by hand because every record of the firehose passes here.
 */
export function fromIsoText(text: string): Instant {
  const day = dayOf(text);
  const time = timeOf(text);
  if (Number.isNaN(day) || time === undefined) return Number.NaN;
  return day * DAY_MS + time.milliseconds - zoneMs(text, time.end);
}

/** Days since 1970-01-01 of the date at the start of the text. */
function dayOf(text: string): number {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return Number.NaN;
  const year = number(text, 0, 4);
  const month = number(text, 5, 7);
  const day = number(text, 8, 10);
  if (year < 0 || month < 1 || month > 12) return Number.NaN;
  if (day < 1 || day > daysOfMonth(year, month)) return Number.NaN;
  return daysFromCivil(year, month, day);
}

function daysOfMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return (DAYS_OF_MONTH[month - 1] ?? 0) + (leap ? 1 : 0);
}

/** Counts in years that begin in March, so that the leap day comes last. 719,468 days lie between 0000-03-01 and 1970-01-01. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
  );
}

const DASH = 0x2d;
const COLON = 0x3a;
const POINT = 0x2e;
const PLUS = 0x2b;

interface TimeOfDay {
  readonly milliseconds: number;
  /** Where the zone starts. */
  readonly end: number;
}

function timeOf(text: string): TimeOfDay | undefined {
  const minutesMs = hoursAndMinutes(text) * MINUTE_MS;
  if (minutesMs < 0) return undefined;
  if (text.charCodeAt(16) !== COLON) return { milliseconds: minutesMs, end: 16 };
  const second = number(text, 17, 19);
  if (second < 0 || second > 59) return undefined;
  if (text.charCodeAt(19) !== POINT) return { milliseconds: minutesMs + second * 1_000, end: 19 };
  const end = endOfDigits(text, 20);
  if (end === 20) return undefined;
  return { milliseconds: minutesMs + second * 1_000 + fractionMs(text, end), end };
}

/** Minutes since midnight of `THH:MM`, or -1. */
function hoursAndMinutes(text: string): number {
  if (!isDateTimeSeparator(text.charCodeAt(10)) || text.charCodeAt(13) !== COLON) return -1;
  return minutesOf(number(text, 11, 13), number(text, 14, 16));
}

const minutesOf = (hours: number, minutes: number): number =>
  hours < 0 || hours > 23 || minutes < 0 || minutes > 59 ? -1 : hours * 60 + minutes;

const isDateTimeSeparator = (unit: number): boolean =>
  unit === 0x54 || unit === 0x74 || unit === 0x20;

function fractionMs(text: string, end: number): number {
  if (end >= 23) return number(text, 20, 23);
  return number(text, 20, end) * (end === 21 ? 100 : 10);
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (digit(text, at) >= 0) at += 1;
  return at;
}

/** Offset from UTC of the zone that ends the text, NaN when there is none or it is none. */
function zoneMs(text: string, from: number): number {
  const unit = text.charCodeAt(from);
  if (unit === 0x5a || unit === 0x7a) return text.length === from + 1 ? 0 : Number.NaN;
  if (unit !== PLUS && unit !== DASH) return Number.NaN;
  const minutes = minutesOf(number(text, from + 1, from + 3), zoneMinutes(text, from + 3));
  if (minutes < 0) return Number.NaN;
  return (unit === PLUS ? 1 : -1) * minutes * MINUTE_MS;
}

/** The minutes of a zone are optional, and so is the colon before them. -1 for anything else. */
function zoneMinutes(text: string, from: number): number {
  if (text.length === from) return 0;
  const start = text.charCodeAt(from) === COLON ? from + 1 : from;
  return text.length === start + 2 ? number(text, start, start + 2) : -1;
}

/** The number that the digits `[from, to)` write, or -1. */
function number(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const next = digit(text, at);
    if (next < 0) return -1;
    value = value * 10 + next;
  }
  return value;
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 0x30;
  return value >= 0 && value <= 9 ? value : -1;
}
