import {
  shardOf,
  subjectOf,
  toIso,
  usageStreamId,
  type CorrectionEvent,
  type JsonObject,
} from '@odometer/domain';
import { currentVersionOf, RepeatDiffers, type EventStore } from '@odometer/event-store';
import type { RecordHistory, RecordRequest, UsageQueries } from '@odometer/read-models';
import { v5 } from 'uuid';
import type { CommandOrigin } from '../commands/aggregates.js';
import { HttpProblem } from '../http/problem.js';
import type { PositionWait } from '../http/min-position.interceptor.js';

/** Fixed namespace of the event ids that are derived from command ids. */
const NAMESPACE = '8f6ae6b2-6d0c-4c54-9a55-0f3a1a7e0c5d';

/** Records as they are corrected: found in the read model of usage, corrected in the stream that they stand in. */
export class CorrectionLog {
  constructor(
    private readonly parts: {
      readonly store: Pick<EventStore, 'append' | 'head'>;
      readonly usage: Pick<UsageQueries, 'findRecord'>;
      readonly wait: PositionWait;
      readonly shards: number;
      readonly now: () => number;
    },
  ) {}

  now(): number {
    return this.parts.now();
  }

  head(): Promise<number> {
    return this.parts.store.head();
  }

  /** The record as of a position of the log at least. Throws HttpProblem 404 `event_not_found`, or 503 `position_not_reached`. */
  async find(request: RecordRequest, position: number): Promise<RecordHistory> {
    if (!(await this.parts.wait.reach(position))) {
      const detail = `The read models have not reached position ${position} yet; send the same again.`;
      throw new HttpProblem(503, 'position_not_reached', detail, {
        headers: { 'retry-after': '1' },
      });
    }
    return this.findNow(request);
  }

  /** The record as the read model knows it. Throws HttpProblem 404 `event_not_found`. */
  async findNow(request: RecordRequest): Promise<RecordHistory> {
    const found = await this.parts.usage.findRecord(request);
    if (found === null || !isOf(found, request)) throw eventNotFound(request);
    return found;
  }

  /** Stores a correction behind its record and answers its position. The same command again is the same event. */
  async append(event: CorrectionEvent, reason: string, origin: CommandOrigin): Promise<number> {
    const { store, shards } = this.parts;
    const { tenant, keyId } = origin.caller;
    const stream = usageStreamId(tenant, shardOf(subjectOf(event.data), shards));
    const stored = {
      eventId: v5(origin.commandId, NAMESPACE),
      type: event.type,
      schemaVersion: currentVersionOf(event.type),
      data: event.data as unknown as JsonObject,
      metadata: {
        tenant,
        recordedAt: toIso(this.now()),
        actor: keyId,
        reason,
        causationId: origin.commandId,
      },
    };
    try {
      return (await store.append(stream, [stored], { expectedRevision: 'any' })).position;
    } catch (error) {
      // The command ran before, and corrected what the record said then.
      if (error instanceof RepeatDiffers) return error.position;
      throw error;
    }
  }
}

/** A customer alone finds the record, whatever subscription it names; another subscription than that one does not. */
const isOf = ({ record }: RecordHistory, { subscriptionId }: RecordRequest): boolean =>
  subscriptionId === undefined || record.subscriptionId === subscriptionId;

function eventNotFound(request: RecordRequest): HttpProblem {
  const { transactionId, customerId, subscriptionId } = request;
  const subject =
    customerId === undefined
      ? `subscription ${subscriptionId}; an event that names a customer is found by its customer_id`
      : `customer ${customerId}${subscriptionId === undefined ? '' : ` that names subscription ${subscriptionId}`}`;
  return new HttpProblem(404, 'event_not_found', `No event ${transactionId} of ${subject}.`);
}
