import { NAMES_MAX, shapeNames, shapes, SHAPES_MAX } from './regions';
import { intern, isText } from './texts';

/** Shapes told apart so far. For each two words: how many names, and where the first one stands in `shapeNames`. */
export let shapeCount: i32 = 0;

let namesCount: i32 = 0;
/** The shape that the record at hand has had so far, or -1 when its names were put down anew. */
let like: i32 = -1;
let last: i32 = -1;
let passed: i32 = 0;

export function forgetShapes(): void {
  shapeCount = 0;
  namesCount = 0;
  last = -1;
}

/** Before the first name of a record. Records mostly have the names of the one before. */
export function beginShape(): void {
  like = last;
  passed = 0;
}

/** One more name, as it stands in the body with its quotes. False when it is no ordinary one. */
export function addName(name: usize, length: i32): bool {
  if (passed === NAMES_MAX) return false;
  if (like >= 0) {
    if (passed < namesOf(like) && isText(nameOf(like, passed), name, length)) {
      passed += 1;
      return true;
    }
    if (!leave()) return false;
  }
  if (!isOrdinaryName(name, length)) return false;
  const text = intern(name, length);
  if (text < 0 || isAmongFresh(text)) return false;
  setName(namesCount + passed, text);
  passed += 1;
  return true;
}

/** The shape that the names make; -1 when there are too many shapes. */
export function endShape(): i32 {
  if (like >= 0 && passed < namesOf(like) && !leave()) return -1;
  if (like < 0) like = known();
  last = like;
  return like;
}

/** Puts the names so far down anew, since the next one is another one. */
function leave(): bool {
  if (shapeCount === SHAPES_MAX) return false;
  for (let i = 0; i < passed; i += 1) setName(namesCount + i, nameOf(like, i));
  like = -1;
  return true;
}

function known(): i32 {
  for (let shape = 0; shape < shapeCount; shape += 1) if (hasFreshNames(shape)) return shape;
  if (shapeCount === SHAPES_MAX) return -1;
  const entry = shapes + ((<usize>shapeCount) << 3);
  store<i32>(entry, passed);
  store<i32>(entry, namesCount, 4);
  namesCount += passed;
  shapeCount += 1;
  return shapeCount - 1;
}

function hasFreshNames(shape: i32): bool {
  if (namesOf(shape) !== passed) return false;
  for (let i = 0; i < passed; i += 1) {
    if (nameOf(shape, i) !== nameAt(namesCount + i)) return false;
  }
  return true;
}

function isAmongFresh(text: i32): bool {
  for (let i = 0; i < passed; i += 1) if (nameAt(namesCount + i) === text) return true;
  return false;
}

function namesOf(shape: i32): i32 {
  return load<i32>(shapes + ((<usize>shape) << 3));
}

function nameOf(shape: i32, index: i32): i32 {
  return nameAt(load<i32>(shapes + ((<usize>shape) << 3), 4) + index);
}

function nameAt(index: i32): i32 {
  return load<i32>(shapeNames + ((<usize>index) << 2));
}

function setName(index: i32, text: i32): void {
  store<i32>(shapeNames + ((<usize>index) << 2), text);
}

const NAME_BYTES_MAX: i32 = 255 + 2;
const PRICE = memory.data<u8>([
  0x70, 0x72, 0x65, 0x63, 0x69, 0x73, 0x65, 0x5f, 0x74, 0x6f, 0x74, 0x61, 0x6c, 0x5f, 0x61, 0x6d,
  0x6f, 0x75, 0x6e, 0x74, 0x5f, 0x63, 0x65, 0x6e, 0x74, 0x73,
]);
const PRICE_LENGTH: i32 = 26;

/** Names with a meaning of their own, and those that objects sort (they begin with a digit), are left to others. */
function isOrdinaryName(name: usize, length: i32): bool {
  if (length > NAME_BYTES_MAX) return false;
  const first = load<u8>(name, 1);
  if (first - 0x30 <= 9) return false;
  if (first === 0x5f && load<u8>(name, 2) === 0x5f) return false;
  return length !== PRICE_LENGTH + 2 || memory.compare(name + 1, PRICE, PRICE_LENGTH) !== 0;
}
