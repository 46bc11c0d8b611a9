import { amendedRecord, type CorrectionEvent, type UsageRecord } from '@odometer/domain';
import { readDomainEvent, type RecordedEvent } from '@odometer/event-store';

/** Types of the events that correct usage. They stand in the usage streams, behind the records that they are about. */
export const CORRECTION_EVENTS = ['UsageVoided', 'UsageAmended'] as const;

export const isCorrection = ({ type }: Pick<RecordedEvent, 'type'>): boolean =>
  CORRECTION_EVENTS.some((known) => known === type);

/** The correction of an event of one of those types. Throws UnknownEvent on a version that this code does not know. */
export const correctionOf = (event: RecordedEvent): CorrectionEvent =>
  readDomainEvent(event) as unknown as CorrectionEvent;

/** The record that a correction at a position of the log puts in the place of another; null for a void. */
export const replacementOf = (correction: CorrectionEvent, position: number): UsageRecord | null =>
  correction.type === 'UsageAmended'
    ? { ...amendedRecord(correction.data), amendedAt: position }
    : null;
