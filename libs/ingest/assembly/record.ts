import { at, isWide, pass, passText, peek, skipSpace } from './cursor';
import * as Field from './fields';
import { number, passNumber, UNUSUAL } from './numbers';
import { passProperties, valueCount } from './properties';
import * as Of from './regions';
import { put, times, uuids } from './regions';
import { intern } from './texts';
import { millisecondsOf, readIso } from './timestamp';
import { readUuid } from './uuids';

/** UTF-16 units of ids and codes, which in ASCII are bytes. */
const ID_BYTES_MAX: i32 = 255;
const CODE_BYTES_MAX: usize = 100;

/** More would come near to what properties may weigh. */
const RECORD_BYTES_MAX: usize = 60_000;

const UUID_BYTES: i32 = 36;
const WITHOUT_QUOTES = 2;

/** The record at hand, its fields so far, and its flags. */
let record: i32 = 0;
let seen: i32 = 0;
let flags: i32 = 0;

/** The code that was found good last. */
let lastCode: i32 = -1;

export function forgetCodes(): void {
  lastCode = -1;
}

/** Passes the next record. False when it is not an ordinary one, or its time lies outside of [0, latest]. */
export function passRecord(place: i32, receivedAt: f64, latest: f64): bool {
  record = place;
  seen = 0;
  flags = Of.IS_ASSIGNED;
  forget();
  putTime(receivedAt);
  if (!pass(0x7b)) return false;
  const start = at;
  do {
    if (!passField()) return false;
  } while (pass(0x2c));
  if (!pass(0x7d) || !isComplete()) return false;
  put(Of.BYTES, record, <i32>(at - start));
  put(Of.FLAGS, record, flags);
  const time = load<f64>(times + ((<usize>record) << 3));
  return time >= 0 && time <= latest && at - start <= RECORD_BYTES_MAX;
}

function forget(): void {
  put(Of.CUSTOMER, record, -1);
  put(Of.SUBSCRIPTION, record, -1);
  put(Of.ENTITY, record, -1);
  put(Of.SHAPE, record, -1);
  put(Of.VALUES, record, valueCount);
}

function isComplete(): bool {
  const needed = Field.ID | Field.CODE;
  return (seen & needed) === needed && (seen & (Field.CUSTOMER | Field.SUBSCRIPTION)) !== 0;
}

/** Passes a name and its value. A second value of one field is left to others. */
function passField(): bool {
  const name = passText();
  if (name === 0) return false;
  const field = Field.fieldOf(name + 1, <i32>(at - name) - WITHOUT_QUOTES);
  if ((seen & field) !== 0 || !pass(0x3a)) return false;
  seen |= field;
  skipSpace();
  switch (field) {
    case Field.ID:
      return passId();
    case Field.CODE:
      return passCode();
    case Field.CUSTOMER:
      return passSubject(Of.CUSTOMER);
    case Field.SUBSCRIPTION:
      return passSubject(Of.SUBSCRIPTION);
    case Field.ENTITY:
      return passSubject(Of.ENTITY);
    case Field.TIME:
      return passTime();
    case Field.PROPERTIES:
      return passShape();
    default:
      return false;
  }
}

function passId(): bool {
  const start = passText();
  if (!isId(start)) return false;
  const length = <i32>(at - start);
  put(Of.ID_AT, record, <i32>start);
  put(Of.ID_LENGTH, record, length);
  const isUuid =
    length === UUID_BYTES + WITHOUT_QUOTES && readUuid(start + 1, uuids + ((<usize>record) << 4));
  if (isUuid) flags |= Of.IS_UUID;
  return true;
}

function passCode(): bool {
  const start = passText();
  if (!isId(start) || at - start > CODE_BYTES_MAX + WITHOUT_QUOTES) return false;
  const text = intern(start, <i32>(at - start));
  put(Of.CODE, record, text);
  // Records mostly have the code of the one before.
  if (text === lastCode) return true;
  lastCode = text;
  return text >= 0 && isCode(start + 1, at - 1);
}

/** Whether these are letters, digits and _ . : - alone. */
function isCode(place: usize, end: usize): bool {
  for (; place < end; place += 1) {
    const byte = load<u8>(place);
    const isLetter = (byte | 0x20) - 0x61 <= 25;
    const isSign = byte === 0x5f || byte === 0x2e || byte === 0x2d;
    // The colon stands behind the digits.
    if (!isLetter && !isSign && byte - 0x30 > 10) return false;
  }
  return true;
}

/** A customer, a subscription or an entity. */
function passSubject(column: i32): bool {
  const start = passText();
  return isId(start) && putText(start, column);
}

/** The text that was passed last is an id in ASCII. */
function isId(start: usize): bool {
  if (start === 0 || isWide) return false;
  const length = <i32>(at - start) - WITHOUT_QUOTES;
  return length > 0 && length <= ID_BYTES_MAX;
}

function putText(start: usize, column: i32): bool {
  const text = intern(start, <i32>(at - start));
  put(column, record, text);
  return text >= 0;
}

function passTime(): bool {
  flags &= ~Of.IS_ASSIGNED;
  if (peek() === 0x22) {
    const start = passText();
    if (start === 0) return false;
    putTime(readIso(start + 1, at - 1));
    return true;
  }
  if (passNumber() === UNUSUAL) return false;
  putTime(millisecondsOf(number));
  return true;
}

function putTime(time: f64): void {
  store<f64>(times + ((<usize>record) << 3), time);
}

function passShape(): bool {
  const shape = passProperties();
  put(Of.SHAPE, record, shape);
  return shape >= 0;
}
