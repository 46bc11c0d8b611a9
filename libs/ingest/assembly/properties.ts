import { at, offsetOf, pass, passText, passWord, peek, skipSpace } from './cursor';
import { FRACTION, number, passNumber, UNUSUAL } from './numbers';
import { valueNumbers, valueTexts } from './regions';
import { addName, beginShape, endShape } from './shapes';
import { intern } from './texts';

/** Values put down so far, of all records. */
export let valueCount: i32 = 0;

export function forgetValues(): void {
  valueCount = 0;
}

/** Passes an object of plain values, whose brace comes next; answers its shape, or -1 for what is left to others. */
export function passProperties(): i32 {
  if (!pass(0x7b)) return -1;
  beginShape();
  if (pass(0x7d)) return endShape();
  do {
    const name = passText();
    if (name === 0 || !addName(name, offsetOf(at) - offsetOf(name))) return -1;
    if (!pass(0x3a) || !passValue()) return -1;
  } while (pass(0x2c));
  return pass(0x7d) ? endShape() : -1;
}

function passValue(): bool {
  skipSpace();
  const first = peek();
  const start = at;
  if (first === 0x22) return passText() !== 0 && putText(start);
  if (first === 0x74) return passWord(0x65757274, 4) && putText(start);
  if (first === 0x66) return passWord(0x65736c61, 5) && putText(start);
  if (first === 0x6e) return passWord(0x6c6c756e, 4) && putText(start);
  const kind = passNumber();
  if (kind === UNUSUAL) return false;
  return kind === FRACTION ? putText(start) : putNumber(number);
}

function putText(start: usize): bool {
  const text = intern(start, <i32>(at - start));
  store<i32>(valueTexts + ((<usize>valueCount) << 2), text);
  valueCount += 1;
  return text >= 0;
}

/** A whole number has no text. */
function putNumber(value: f64): bool {
  store<i32>(valueTexts + ((<usize>valueCount) << 2), -1);
  store<f64>(valueNumbers + ((<usize>valueCount) << 3), value);
  valueCount += 1;
  return true;
}
