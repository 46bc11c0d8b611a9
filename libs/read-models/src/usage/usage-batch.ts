import { fromIso, type Instant } from '@odometer/domain';
import {
  columnsOfRecords,
  decodeSegment,
  USAGE_SEGMENT_VERSION,
  type RecordedEvent,
  type UsageColumns,
} from '@odometer/event-store';
import { correctionOf, isCorrection, replacementOf } from './correction-log.js';
import { writeIdentity, type Place } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';
import { subjectTable, type SegmentSubjects } from './identities/subjects.js';
import { writeIdentities } from './identities/write-identities.js';

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

export interface BatchSegment {
  readonly tenant: string;
  readonly position: number;
  readonly columns: UsageColumns;
  /** Whom its records are about. */
  readonly subjects: SegmentSubjects;
  readonly receivedAt: Instant;
  /** Index in the batch of the segment's first record. */
  readonly base: number;
}

/** Segments of one shard that are folded together, in log order, with the identity entries of all their records. */
export interface UsageBatch {
  readonly segments: readonly BatchSegment[];
  readonly size: number;
  readonly identities: Buffer;
}

export function usageBatchOf(events: readonly RecordedEvent[]): UsageBatch {
  const subjects = subjectTable();
  const segments: BatchSegment[] = [];
  let size = 0;
  for (const event of events) {
    const columns = segmentOf(event);
    const { tenant, recordedAt } = event.metadata;
    segments.push({
      tenant,
      position: event.position,
      columns,
      subjects: subjects.of(tenant, columns),
      receivedAt: fromIso(recordedAt),
      base: size,
    });
    size += columns.count;
  }
  // Not from the pool of small buffers, whose pieces need not begin at a whole word.
  const identities = Buffer.from(new ArrayBuffer(size * IDENTITY_RUNS.entryBytes));
  segments.forEach((segment, i) => {
    const at = segment.base * IDENTITY_RUNS.entryBytes;
    if (isCorrection(events[i]!)) writeReplacement(identities, at, segment);
    else writeIdentities(identities, at, segment);
  });
  return { segments, size, identities };
}

/** What an amendment puts in the place of another record has an identity of its own; a void puts nothing there. */
function writeReplacement(
  identities: Buffer,
  at: number,
  { tenant, position, columns }: BatchSegment,
): void {
  const record = columns.record(0);
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
  if (event.schemaVersion > USAGE_SEGMENT_VERSION || !(event.data instanceof Uint8Array)) {
    throw new Error(
      `usage segment at position ${event.position} has unknown version ${event.schemaVersion}`,
    );
  }
  return decodeSegment(event.data);
}

/** Index in the batch of the record at a place of the log. */
export const batchIndexOf = (batch: UsageBatch, place: Place): number =>
  segmentAt(batch, place.position).base + place.index;

/** The segment of the batch that stands at a position of the log. */
export function segmentAt(batch: UsageBatch, position: number): BatchSegment {
  let low = 0;
  let high = batch.segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (batch.segments[middle]!.position <= position) low = middle;
    else high = middle - 1;
  }
  return batch.segments[low]!;
}
