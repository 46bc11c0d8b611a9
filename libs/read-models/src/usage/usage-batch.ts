import { fromIso, type Instant, type UsageRecord } from '@odometer/domain';
import {
  columnsOfRecords,
  decodeSegment,
  isByRows,
  JoinedRows,
  USAGE_RECORDED,
  USAGE_SEGMENT_VERSION,
  type RecordedEvent,
  type UsageColumns,
} from '@odometer/event-store';
import { CORRECTION_EVENTS, correctionOf, isCorrection, replacementOf } from './correction-log.js';
import { writeIdentity, type Place } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { subjectTable, type SegmentSubjects } from './identities/subjects.js';
import { writeIdentities } from './identities/write-identities.js';
import { EntryRoom } from './sorted-runs/entry-room.js';

/**
 * Why a record does not count. Duplicate: the same again. Conflict: the same identity with other content. Voided: taken back. Replaced: an
 * amendment has taken its place. Late: older on arrival than the tenant's limit. All of them are kept.
 */
export type SetAsideStatus = 'duplicate' | 'conflict' | 'voided' | 'replaced' | 'late_beyond_limit';

/** What is shown of a record. Accepted and amended ones count; what an amendment has replaced is shown as a version of it only. */
export const RECORD_STATUSES = [
  'accepted',
  'amended',
  'voided',
  'duplicate',
  'conflict',
  'late_beyond_limit',
] as const;
export type RecordStatus = (typeof RECORD_STATUSES)[number];

/** Types of the events that bring records, or take them back. */
export const USAGE_EVENTS = [USAGE_RECORDED, ...CORRECTION_EVENTS];

/** Records that take their place in the log together. */
export interface BatchSegment {
  readonly tenant: string;
  readonly position: number;
  readonly receivedAt: Instant;
  /** Index in the batch of the segment's first record. */
  readonly base: number;
  readonly count: number;
}

/** Records of one tenant that are worked on together: those of a segment, or of small ones that follow each other. */
export interface BatchPart {
  readonly tenant: string;
  /** In log order. */
  readonly segments: readonly BatchSegment[];
  /** Index in the batch of the part's first record. */
  readonly base: number;
  readonly columns: UsageColumns;
  /** Whom its records are about. */
  readonly subjects: SegmentSubjects;
  /** Whether the record, if there is one, is what an amendment put in the place of another. */
  readonly amends: boolean;
}

/** Segments of one shard that are folded together, in log order, with the identity entries of all their records. */
export interface UsageBatch {
  readonly segments: readonly BatchSegment[];
  readonly parts: readonly BatchPart[];
  readonly size: number;
  readonly identities: Buffer;
}

/** A part takes small segments in until it has so many records: what a part costs is little then beside what they do. */
const PART_RECORDS = 1_000;

/** Its identities are valid until the room, if one is given, is used again. */
export function usageBatchOf(events: readonly RecordedEvent[], room = new EntryRoom()): UsageBatch {
  const building = new BatchParts();
  for (const event of events) building.add(event);
  building.close();
  const { segments, parts, size } = building;
  const identities = room.take(size * IDENTITY_RUNS.entryBytes);
  for (const part of parts) {
    const at = part.base * IDENTITY_RUNS.entryBytes;
    if (part.amends) writeReplacement(identities, at, part);
    else writeIdentities(identities, at, part);
  }
  return { segments, parts, size, identities };
}

/** Small segments of one tenant that are read together, the first one's number in the batch. */
interface OpenPart {
  readonly tenant: string;
  readonly first: number;
  readonly rows: JoinedRows;
}

class BatchParts {
  readonly segments: BatchSegment[] = [];
  readonly parts: BatchPart[] = [];
  size = 0;
  private readonly subjects = subjectTable();
  private open: OpenPart | null = null;

  add(event: RecordedEvent): void {
    if (isCorrection(event)) this.alone(event, true);
    else if (isByRows(bytesOf(event))) this.join(event);
    else this.alone(event, false);
  }

  /** Ends the part that small segments were gathered in. */
  close(): void {
    if (this.open === null) return;
    const { first, rows } = this.open;
    this.open = null;
    this.put(this.segments.slice(first), rows.columns(), false);
  }

  private join(event: RecordedEvent): void {
    const { tenant } = event.metadata;
    if (this.open !== null && (this.open.tenant !== tenant || this.open.rows.count >= PART_RECORDS))
      this.close();
    this.open ??= { tenant, first: this.segments.length, rows: new JoinedRows() };
    const { rows } = this.open;
    const before = rows.count;
    rows.add(bytesOf(event));
    this.note(event, rows.count - before);
  }

  private alone(event: RecordedEvent, amends: boolean): void {
    this.close();
    const columns = segmentOf(event);
    this.put([this.note(event, columns.count)], columns, amends);
  }

  private note({ metadata, position }: RecordedEvent, count: number): BatchSegment {
    const { tenant, recordedAt } = metadata;
    const receivedAt = fromIso(recordedAt);
    const segment = { tenant, position, receivedAt, base: this.size, count };
    this.segments.push(segment);
    this.size += count;
    return segment;
  }

  private put(segments: readonly BatchSegment[], columns: UsageColumns, amends: boolean): void {
    const { tenant, base } = segments[0]!;
    const subjects = this.subjects.of(tenant, columns);
    this.parts.push({ tenant, segments, base, columns, subjects, amends });
  }
}

/** What an amendment puts in the place of another record has an identity of its own; a void puts nothing there. */
function writeReplacement(
  identities: Buffer,
  at: number,
  { tenant, segments, columns }: BatchPart,
): void {
  const record = columns.record(0);
  const { position } = segments[0]!;
  if (record !== undefined)
    writeIdentity(identities, at, { tenant, record, place: { position, index: 0 } });
}

/**
 * The records that an event brings: those of a segment, or the one that an amendment puts in another's place. Throws on a version or
 * a form that this code does not know.
 */
export function segmentOf(event: RecordedEvent): UsageColumns {
  if (isCorrection(event)) {
    const replacement = replacementOf(correctionOf(event), event.position);
    return columnsOfRecords(replacement === null ? [] : [replacement]);
  }
  return decodeSegment(bytesOf(event));
}

/** The bytes of a segment. Throws on a version or a form that this code does not know. */
function bytesOf({ schemaVersion, data, position }: RecordedEvent): Uint8Array {
  if (schemaVersion > USAGE_SEGMENT_VERSION || !(data instanceof Uint8Array)) {
    throw new Error(`usage segment at position ${position} has unknown version ${schemaVersion}`);
  }
  return data;
}

/** Index in the batch of the record at a place of the log. */
export const batchIndexOf = (batch: UsageBatch, place: Place): number =>
  segmentAt(batch, place.position).base + place.index;

/** The segment of the batch that stands at a position of the log. */
export const segmentAt = ({ segments }: UsageBatch, position: number): BatchSegment =>
  lastUpTo(segments, position, (segment) => segment.position);

/** Where in the log the segment stands that holds the record with this index in the batch. */
export const positionOf = ({ segments }: UsageBatch, index: number): number =>
  lastUpTo(segments, index, ({ base }) => base).position;

/** The part of the batch that holds the record with this index. */
export const partOf = ({ parts }: UsageBatch, index: number): BatchPart =>
  lastUpTo(parts, index, ({ base }) => base);

/** The record at a place of a segment of the batch; undefined beyond its last. */
export function batchRecord(
  batch: UsageBatch,
  { position, index }: Place,
): UsageRecord | undefined {
  const { base, count } = segmentAt(batch, position);
  if (index >= count) return undefined;
  const part = partOf(batch, base + index);
  return part.columns.record(base + index - part.base);
}

/** The last one that does not begin behind a number. They stand in order, and the first does not. */
function lastUpTo<Item>(
  items: readonly Item[],
  number: number,
  beginOf: (item: Item) => number,
): Item {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (beginOf(items[middle]!) <= number) low = middle;
    else high = middle - 1;
  }
  return items[low]!;
}
