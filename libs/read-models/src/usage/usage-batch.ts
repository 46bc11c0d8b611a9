import { fromIso, type Instant, type UsageRecord } from '@odometer/domain';
import { decodeSegment, USAGE_SEGMENT_VERSION, type RecordedEvent } from '@odometer/event-store';
import { correctionOf, isCorrection, replacementOf } from './correction-log.js';
import { writeIdentity, type Place } from './identity.js';
import { IDENTITY_RUNS } from './run-formats.js';

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
  readonly records: readonly UsageRecord[];
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
  const segments: BatchSegment[] = [];
  let size = 0;
  for (const event of events) {
    const { records } = segmentOf(event);
    const { tenant, recordedAt } = event.metadata;
    const { position } = event;
    segments.push({ tenant, position, records, receivedAt: fromIso(recordedAt), base: size });
    size += records.length;
  }
  const identities = Buffer.allocUnsafe(size * IDENTITY_RUNS.entryBytes);
  let at = 0;
  for (const { tenant, position, records } of segments) {
    for (let index = 0; index < records.length; index += 1) {
      writeIdentity(identities, at, {
        tenant,
        record: records[index]!,
        place: { position, index },
      });
      at += IDENTITY_RUNS.entryBytes;
    }
  }
  return { segments, size, identities };
}

/**
 * The records that an event brings: those of a segment, or the one that an amendment puts in another's place. Throws on a version or
 * a form that this code does not know.
 */
export function segmentOf(event: RecordedEvent): { readonly records: readonly UsageRecord[] } {
  if (isCorrection(event)) {
    const replacement = replacementOf(correctionOf(event), event.position);
    return { records: replacement === null ? [] : [replacement] };
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
