/** No time that is read here. */
const UNKNOWN: f64 = -1;

const DAY_MS: i64 = 86_400_000;

/** Of Unix seconds. A double near today resolves a quarter of a microsecond: what looks like 122.9999998 ms was sent as 123 ms. */
export function millisecondsOf(seconds: f64): f64 {
  return floor(floor(seconds * 1_000_000 + 0.5) / 1_000);
}

function digit(at: usize): u32 {
  return <u32>load<u8>(at) - 0x30;
}

/** Two digits; more than 99 when they are none. */
function pair(at: usize): u32 {
  const tens = digit(at);
  const ones = digit(at + 1);
  return tens > 9 || ones > 9 ? 1_000 : tens * 10 + ones;
}

/**
 * Epoch milliseconds of `YYYY-MM-DDTHH:MM:SS[.fraction]Z` between two places; UNKNOWN for any other form, of which there are more. Parts
 * below a millisecond are cut off.
 */
export function readIso(at: usize, end: usize): f64 {
  const length = end - at;
  if (length < 20 || load<u8>(end - 1) !== 0x5a) return UNKNOWN;
  if (!hasSeparators(at)) return UNKNOWN;
  const day = dayOf(pair(at) * 100 + pair(at + 2), pair(at + 5), pair(at + 8));
  const hour = pair(at + 11);
  const minute = pair(at + 14);
  const second = pair(at + 17);
  if (day < 0 || hour > 23 || minute > 59 || second > 59) return UNKNOWN;
  const fraction = length === 20 ? 0 : fractionMs(at + 19, end - 1);
  if (fraction < 0) return UNKNOWN;
  const seconds = (<i64>hour * 60 + minute) * 60 + second;
  return <f64>(<i64>day * DAY_MS + seconds * 1_000 + fraction);
}

function hasSeparators(at: usize): bool {
  return (
    load<u8>(at + 4) === 0x2d &&
    load<u8>(at + 7) === 0x2d &&
    load<u8>(at + 10) === 0x54 &&
    load<u8>(at + 13) === 0x3a &&
    load<u8>(at + 16) === 0x3a
  );
}

/** Days since 1970-01-01, -1 before it and for what is no date. */
function dayOf(year: u32, month: u32, day: u32): i32 {
  if (year < 1970 || year > 9999 || month < 1 || month > 12) return -1;
  if (day < 1 || day > daysOfMonth(year, month)) return -1;
  // Years that begin in March, so that the leap day comes last.
  const y = <i32>year - (month <= 2 ? 1 : 0);
  const dayOfYear = (153 * ((<i32>month + 9) % 12) + 2) / 5 + <i32>day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468;
}

function daysOfMonth(year: u32, month: u32): u32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Of a point and the digits behind it; -1 for anything else. */
function fractionMs(at: usize, end: usize): i32 {
  if (load<u8>(at) !== 0x2e || end - at < 2) return -1;
  let milliseconds = 0;
  let unit = 100;
  for (at += 1; at < end; at += 1) {
    const next = digit(at);
    if (next > 9) return -1;
    milliseconds += <i32>next * unit;
    unit /= 10;
  }
  return milliseconds;
}
