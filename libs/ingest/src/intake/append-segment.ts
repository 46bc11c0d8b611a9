import { randomUUID } from 'node:crypto';
import { toIso, usageStreamId, type Instant } from '@odometer/domain';
import {
  AppendTooLarge,
  EmptyAppend,
  encodeSegment,
  PartialRetry,
  RepeatDiffers,
  USAGE_RECORDED,
  USAGE_SEGMENT_VERSION,
  type EventStore,
  type NewEvent,
} from '@odometer/event-store';
import type { IntakeLimits } from '../limits.js';
import { isPacked, type PieceContent } from './cut.js';
import { OutcomeUnknown } from './outcome.js';

/** Whose records these are and which key sent them. */
export interface Origin {
  readonly tenant: string;
  /** Id of the API key; it becomes the actor of the event. */
  readonly actor: string;
}

export interface AppendOptions {
  readonly store: EventStore;
  readonly now: () => Instant;
  readonly limits: IntakeLimits;
  readonly onRetry: () => void;
}

export interface SegmentOrigin extends Origin {
  readonly shard: number;
  /** A UUID for records that may come again as the same segment; a new one when absent. */
  readonly eventId?: string;
}

/** Appends the records as one event and answers its position. Throws OutcomeUnknown when the log never confirms. */
export async function appendSegment(
  options: AppendOptions,
  origin: SegmentOrigin,
  content: PieceContent,
): Promise<number> {
  const event: NewEvent = {
    eventId: origin.eventId ?? randomUUID(),
    type: USAGE_RECORDED,
    schemaVersion: USAGE_SEGMENT_VERSION,
    data: isPacked(content) ? await content.segment : await encodeSegment({ records: content }),
    metadata: {
      tenant: origin.tenant,
      recordedAt: toIso(options.now()),
      actor: origin.actor,
    },
  };
  return appendUntilKnown(options, usageStreamId(origin.tenant, origin.shard), event);
}

/** The event keeps its id, so trying again cannot store it twice, whatever became of the attempt before. */
async function appendUntilKnown(
  options: AppendOptions,
  streamId: string,
  event: NewEvent,
): Promise<number> {
  const { appendAttempts, appendRetryDelayMs } = options.limits;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { position } = await options.store.append(streamId, [event], {
        expectedRevision: 'any',
      });
      return position;
    } catch (error) {
      if (isRefusal(error)) throw error;
      if (attempt >= appendAttempts) throw new OutcomeUnknown({ cause: error });
      options.onRetry();
      await new Promise((resolve) => setTimeout(resolve, appendRetryDelayMs * 2 ** (attempt - 1)));
    }
  }
}

/** What the store says of an event that it looked at and will not take; another attempt changes nothing. */
const REFUSALS = [AppendTooLarge, EmptyAppend, PartialRetry, RepeatDiffers] as const;

const isRefusal = (error: unknown): boolean => REFUSALS.some((refusal) => error instanceof refusal);
