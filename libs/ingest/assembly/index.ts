import { at, pass, passText, skipSpace, startAt } from './cursor';
import { forgetValues } from './properties';
import { forgetCodes, passRecord } from './record';
import { body, recordsMax } from './regions';
import { forgetShapes, shapeCount } from './shapes';
import { count, forgetTexts } from './texts';

export {
  reserve,
  records,
  recordsMax,
  shapeNames,
  shapes,
  textAt,
  textLength,
  times,
  uuids,
  valueNumbers,
  valueTexts,
} from './regions';

const EVENTS: u64 = 0x7374_6e65_7665; // events

/**
 * Reads `{"events": [...]}` into columns, and answers how many records it has; 0 when the body is not made of ordinary records alone. `reserve`
 * has laid it out before. `latest` is the last instant that a record may name, `receivedAt` that of a record that names none.
 */
export function scan(length: i32, receivedAt: f64, latest: f64): i32 {
  forgetTexts();
  forgetShapes();
  forgetValues();
  forgetCodes();
  startAt(body);
  if (!pass(0x7b) || !passEvents() || !pass(0x3a) || !pass(0x5b)) return 0;
  let records = 0;
  do {
    if (records === recordsMax || !passRecord(records, receivedAt, latest)) return 0;
    records += 1;
  } while (pass(0x2c));
  if (!pass(0x5d) || !pass(0x7d)) return 0;
  skipSpace();
  return at === body + length ? records : 0;
}

function passEvents(): bool {
  const name = passText();
  return name !== 0 && at - name === 8 && (load<u64>(name + 1) & 0xffff_ffff_ffff) === EVENTS;
}

/** Texts told apart in the body. */
export function textCount(): i32 {
  return count;
}

/** Shapes told apart in the body. */
export function shapesCount(): i32 {
  return shapeCount;
}
