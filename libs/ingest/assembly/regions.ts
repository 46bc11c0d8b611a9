/**
 * Where things lie in memory. Everything is laid anew for each body, one region after the other, so nothing has to be freed.
 */

/** Records of one body; whoever sends more is answered elsewhere. */
export const RECORDS_MAX: i32 = 10_000;

/** Shapes of one body: lists of property names. */
export const SHAPES_MAX: i32 = 256;

/** Names of one shape. */
export const NAMES_MAX: i32 = 64;

/** Bytes of 0 behind the body: text is looked at in pieces of 16 bytes, and no text goes on beyond a 0. */
const MARGIN: usize = 32;

/** No record of a list takes fewer bytes, no property, and on average no new text. */
const RECORD_BYTES_MIN: i32 = 48;
const VALUE_BYTES_MIN: i32 = 4;
const TEXT_BYTES_MIN: i32 = 16;

export let body: usize = 0;

export let textAt: usize = 0;
export let textLength: usize = 0;
export let textSlots: usize = 0;
export let textsMax: i32 = 0;
export let slotMask: u32 = 0;

export let records: usize = 0;
export let uuids: usize = 0;
export let times: usize = 0;
export let recordsMax: i32 = 0;

export let valueTexts: usize = 0;
export let valueNumbers: usize = 0;

export let shapes: usize = 0;
export let shapeNames: usize = 0;

let end: usize = 0;

/** Lays the regions out for a body of so many bytes and answers where it goes. */
export function reserve(length: i32): usize {
  end = (__heap_base + 15) & ~15;
  body = take(<usize>length + MARGIN);
  recordsMax = min(RECORDS_MAX, length / RECORD_BYTES_MIN + 1);
  textsMax = length / TEXT_BYTES_MIN + 64;
  const slots = powerOfTwoAbove(textsMax * 2);
  slotMask = slots - 1;
  const valuesMax = length / VALUE_BYTES_MIN + 1;
  textAt = take(<usize>textsMax * 4);
  textLength = take(<usize>textsMax * 4);
  textSlots = take(<usize>slots * 4);
  records = take(<usize>recordsMax * COLUMNS * 4);
  uuids = take(<usize>recordsMax * 16);
  times = take(<usize>recordsMax * 8);
  valueTexts = take(<usize>valuesMax * 4);
  valueNumbers = take(<usize>valuesMax * 8);
  shapes = take(<usize>SHAPES_MAX * 8);
  // One more for the names of the record at hand.
  shapeNames = take(<usize>(SHAPES_MAX + 1) * NAMES_MAX * 4);
  grow();
  memory.fill(body + length, 0, MARGIN);
  memory.fill(textSlots, 0, <usize>slots * 4);
  return body;
}

/**
 * What is kept of a record in columns of 32-bit words, each with room for `recordsMax`: the texts of its code, customer, subscription and
 * entity (-1: none), where its transaction id begins (the quote) and how long it is with its quotes, its shape (-1: no properties), the index of
 * its first value, its bytes in the body, and its flags.
 */
export const CODE: i32 = 0;
export const CUSTOMER: i32 = 1;
export const SUBSCRIPTION: i32 = 2;
export const ENTITY: i32 = 3;
export const ID_AT: i32 = 4;
export const ID_LENGTH: i32 = 5;
export const SHAPE: i32 = 6;
export const VALUES: i32 = 7;
export const BYTES: i32 = 8;
export const FLAGS: i32 = 9;
const COLUMNS: i32 = 10;

/** The transaction id is a UUID in lower case, and lies in `uuids`. */
export const IS_UUID: i32 = 1;
/** The record named no time. */
export const IS_ASSIGNED: i32 = 2;

export function put(column: i32, record: i32, value: i32): void {
  store<i32>(records + ((<usize>(column * recordsMax + record)) << 2), value);
}

export function get(column: i32, record: i32): i32 {
  return load<i32>(records + ((<usize>(column * recordsMax + record)) << 2));
}

function take(bytes: usize): usize {
  const at = end;
  end = (end + bytes + 15) & ~15;
  return at;
}

function grow(): void {
  const pages = <i32>((end + 0xffff) >>> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}

function powerOfTwoAbove(count: i32): u32 {
  return 1 << (32 - clz<u32>(count));
}
