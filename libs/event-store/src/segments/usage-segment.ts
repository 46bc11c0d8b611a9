import type { UsageRecord } from '@odometer/domain';
import type { Raw } from './column.js';
import { CUSTOMERS_FIELD, packColumns, type PackedColumns } from './pack-columns.js';
import { packRecords } from './pack-records.js';
import { packScanned, type ScannedRecords } from './pack-scanned.js';
import { PackedSegment } from './packed-segment.js';
import { packText, unpackText } from './packed-text.js';
import { JoinedRows } from './row-columns.js';
import { cutTexts } from './text-list.js';
import type { UsageColumns } from './usage-columns.js';

export const USAGE_RECORDED = 'UsageRecorded';
/** Version 1 knew rows only; what reads version 2 reads it, too. */
export const USAGE_SEGMENT_VERSION = 2;

/** What one `UsageRecorded` event holds: up to about 1,000 records that arrived together. */
export interface UsageSegment {
  readonly records: readonly UsageRecord[];
}

/** From so many records on columns are shorter than rows, and sooner written and read. */
const COLUMN_RECORDS_MIN = 16;

/**
 * Begins a segment of columns: this byte, the length of the packed text in four more, the text, the raw bytes. Rows are packed text
 * alone, which never begins with this byte.
 */
const COLUMNS_MARK = 0x0e;
const TEXT_AT = 5;

/** Packs records into the bytes of an event. Compression of more than a little runs off the main thread. */
export async function encodeSegment({ records }: UsageSegment): Promise<Uint8Array> {
  if (records.length < COLUMN_RECORDS_MIN) return packText(JSON.stringify(packRecords(records)));
  return encodeColumns((raw) => packColumns(records, raw));
}

/** The same for some records of a scan, one at least. The scan is not looked at any more when this returns. */
export const encodeScanned = (scanned: ScannedRecords, records: Int32Array): Promise<Uint8Array> =>
  encodeColumns((raw) => packScanned(scanned, records, raw));

async function encodeColumns(pack: (raw: Raw) => PackedColumns): Promise<Uint8Array> {
  const raw: Raw = [];
  const text = await packText(JSON.stringify(pack(raw)));
  const head = Buffer.alloc(TEXT_AT);
  head[0] = COLUMNS_MARK;
  head.writeUInt32LE(text.length, 1);
  return Buffer.concat([head, text, ...raw]);
}

/** Reads what `encodeSegment` packed, of any version. Throws on damaged bytes. */
export function decodeSegment(bytes: Uint8Array): UsageColumns {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isByRows(buffer) ? rowsOf(buffer) : columnsOf(buffer);
}

/** Whether a segment is kept by rows: then it can be read together with others, see `JoinedRows`. */
export const isByRows = (bytes: Uint8Array): boolean => bytes[0] !== COLUMNS_MARK;

function rowsOf(bytes: Buffer): UsageColumns {
  const rows = new JoinedRows();
  rows.add(bytes);
  return rows.columns();
}

/** The customers are by far the most of the text, and mostly known to whoever reads it: no strings are made of them. */
function columnsOf(bytes: Buffer): UsageColumns {
  const rawAt = TEXT_AT + bytes.readUInt32LE(1);
  const text = unpackText(bytes.subarray(TEXT_AT, rawAt));
  const cut = cutTexts(text, CUSTOMERS_FIELD);
  const columns = JSON.parse(cut?.json ?? text.toString()) as PackedColumns;
  return new PackedSegment(columns, bytes.subarray(rawAt), cut?.list ?? null);
}
