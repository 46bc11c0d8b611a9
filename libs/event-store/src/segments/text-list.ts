/** Texts of ASCII characters as they lie in bytes. Nobody changes the bytes. */
export class TextList {
  private texts: string[] | undefined;

  constructor(
    readonly bytes: Buffer,
    /** Where each text begins, and where it ends. */
    readonly starts: Int32Array,
    readonly ends: Int32Array,
    /** A number for each text by which it can be looked up: FNV-1a of its bytes. */
    readonly hashes: Int32Array,
  ) {}

  get count(): number {
    return this.starts.length;
  }

  /** Throws beyond the last one. */
  at(index: number): string {
    const start = this.starts[index];
    if (start === undefined) throw new RangeError(`no text ${index} in a list of ${this.count}`);
    return this.texts?.[index] ?? this.bytes.toString('latin1', start, this.ends[index]);
  }

  /** All of them, made when they are first asked for. */
  all(): string[] {
    return (this.texts ??= Array.from(this.starts, (_, index) => this.at(index)));
  }
}

/** A JSON text without a list that stood in it. */
export interface CutText {
  /** With an empty list in its place. */
  readonly json: string;
  readonly list: TextList;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LIST_BEGIN = 0x5b;
const LIST_END = 0x5d;
const OBJECT_BEGIN = 0x7b;
const OBJECT_END = 0x7d;
/** Plain characters lie between these. */
const SPACE = 0x20;
const ASCII_END = 0x80;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Behind the number of records, which is all that stands before it. */
const FIELDS = Buffer.from('"f":[');
const FIELDS_AT_MAX = 24;
/** No string of JSON has it, as each of the quotes would have a backslash before it. */
const LIST = Buffer.from('"of":[');

/**
 * Cuts the list of different texts out of one of the fields of packed columns, so that no string has to be made for each of them. Null where it does
 * not stand there in the plainest form: then the text has to be read as any other JSON.
 */
export function cutTexts(json: Buffer, field: number): CutText | null {
  const from = listOf(json, field);
  if (from === null) return null;
  const scan = scanTexts(json, from);
  if (scan === null) return null;
  return {
    json: json.toString('utf8', 0, from) + json.toString('utf8', scan.end),
    list: scan.list,
  };
}

/** Where the list's first text would stand. */
function listOf(json: Buffer, field: number): number | null {
  const fields = json.indexOf(FIELDS);
  if (fields < 0 || fields > FIELDS_AT_MAX) return null;
  let at: number | null = fields + FIELDS.length;
  for (let before = 0; before < field && at !== null; before += 1) at = behindObject(json, at);
  if (at === null || json[at] !== OBJECT_BEGIN) return null;
  const list = json.indexOf(LIST, at);
  const end = json.indexOf(OBJECT_END, at);
  return list < 0 || list > end ? null : list + LIST.length;
}

/** Where what follows an object and a comma begins. */
function behindObject(json: Buffer, from: number): number | null {
  let depth = 0;
  for (let at = from; at < json.length; at += 1) {
    const byte = json[at]!;
    if (byte === QUOTE) at = endOfString(json, at + 1);
    else if (byte === OBJECT_BEGIN || byte === LIST_BEGIN) depth += 1;
    else if (byte === OBJECT_END || byte === LIST_END) depth -= 1;
    if (depth === 0) return byte === OBJECT_END && json[at + 1] === COMMA ? at + 2 : null;
  }
  return null;
}

/** Where the quote stands that ends a string. */
function endOfString(json: Buffer, from: number): number {
  let at = from;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** Longer lists have longer arrays made for them. */
let starts = new Int32Array(1_024);
let ends = new Int32Array(1_024);
let hashes = new Int32Array(1_024);

interface ScannedTexts {
  readonly list: TextList;
  /** Where the end of the list stands. */
  readonly end: number;
}

/** Null where something in the list is no string of plain characters. */
function scanTexts(json: Buffer, from: number): ScannedTexts | null {
  let count = 0;
  let at = from;
  do {
    if (json[at] !== QUOTE) return null;
    if (count === starts.length) makeRoom();
    const end = scanText(json, at + 1, count);
    if (end === null) return null;
    count += 1;
    at = end + 2;
  } while (json[at - 1] === COMMA);
  if (json[at - 1] !== LIST_END) return null;
  const [begins, stops, numbers] = [starts, ends, hashes].map((words) => words.slice(0, count));
  return { list: new TextList(json, begins!, stops!, numbers!), end: at - 1 };
}

/** Notes a text that begins here. Answers where the quote behind it stands; null where there is something else than plain characters before it. */
function scanText(json: Buffer, start: number, index: number): number | null {
  let hash = FNV_OFFSET;
  let at = start;
  let byte = json[at] ?? ASCII_END;
  while (byte !== QUOTE) {
    if (byte === BACKSLASH || byte < SPACE || byte >= ASCII_END) return null;
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    at += 1;
    byte = json[at] ?? ASCII_END;
  }
  starts[index] = start;
  ends[index] = at;
  hashes[index] = hash;
  return at;
}

function makeRoom(): void {
  starts = twiceAsLong(starts);
  ends = twiceAsLong(ends);
  hashes = twiceAsLong(hashes);
}

function twiceAsLong(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(words.length * 2);
  longer.set(words);
  return longer;
}
