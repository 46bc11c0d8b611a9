import type { Decider } from '../kernel/decider.js';
import { checkText, refuseInvalid } from '../kernel/field-check.js';
import { fromIso, toIso, type Instant } from '../kernel/instant.js';
import type { JsonObject } from '../kernel/json.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import type { UsageRecord } from '../metering/usage-record.js';
import type { AmendedContent, CorrectionEvent, RecordIdentity } from './correction-events.js';

/** Longest reason of a correction, in UTF-16 units. */
export const REASON_LENGTH_MAX = 500;

/** What replaces the content of a record; what is absent stays as it is. `entityId: null` takes the entity away. */
export interface RecordChanges {
  readonly code?: string | undefined;
  readonly timestamp?: Instant | undefined;
  readonly entityId?: string | null | undefined;
  readonly properties?: JsonObject | undefined;
}

export type CorrectionCommand =
  | { readonly type: 'VoidUsage'; readonly reason: string }
  | { readonly type: 'AmendUsage'; readonly reason: string; readonly changes: RecordChanges };

/** One record with what corrections have made of it so far. */
export type CorrectableRecord =
  | { readonly status: 'none' }
  | { readonly status: 'standing' | 'voided'; readonly record: UsageRecord };

/**
 * What may be corrected. A void is final: voiding again is quiet, amending is refused, and an amendment that the log holds behind a
 * void (two people at the same time) has no effect. So the state depends on the order of the log and on nothing else.
 */
export const correctionDecider: Decider<CorrectableRecord, CorrectionCommand, CorrectionEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    refuseInvalid('The correction', checkText(command.reason, '/reason', REASON_LENGTH_MAX));
    if (state.status === 'none') {
      throw new RuleBroken('event_not_found', 'No such usage event.', 'not_found');
    }
    return command.type === 'VoidUsage' ? voided(state) : amended(command.changes, state);
  },
  evolve(state, event) {
    if (state.status !== 'standing') return state;
    if (event.type === 'UsageVoided') return { status: 'voided', record: state.record };
    return { status: 'standing', record: amendedRecord(event.data) };
  },
};

type KnownRecord = Exclude<CorrectableRecord, { status: 'none' }>;

function voided({ status, record }: KnownRecord): CorrectionEvent[] {
  return status === 'voided' ? [] : [{ type: 'UsageVoided', data: identityOf(record) }];
}

function amended(changes: RecordChanges, { status, record }: KnownRecord): CorrectionEvent[] {
  if (status === 'voided') {
    const message = `Event ${record.transactionId} is void and cannot be amended; send what happened under a new transaction_id.`;
    throw new RuleBroken('event_voided', message, 'conflict');
  }
  const before = contentOf(record);
  const content = contentOf(changedRecord(record, changes));
  if (sameValue(before, content)) return [];
  return [{ type: 'UsageAmended', data: { ...identityOf(record), content } }];
}

/** The record with the changes; the time is then one that somebody chose. */
function changedRecord(record: UsageRecord, changes: RecordChanges): UsageRecord {
  const { code, timestamp, entityId, properties } = changes;
  return {
    transactionId: record.transactionId,
    code: code ?? record.code,
    customerId: record.customerId,
    subscriptionId: record.subscriptionId,
    entityId: entityId === undefined ? record.entityId : (entityId ?? undefined),
    timestamp: timestamp ?? record.timestamp,
    properties: properties ?? record.properties,
  };
}

/** The record that an amendment puts in the place of what was there. */
export function amendedRecord({
  transactionId,
  customerId,
  subscriptionId,
  content,
}: Extract<CorrectionEvent, { type: 'UsageAmended' }>['data']): UsageRecord {
  return {
    transactionId,
    code: content.code,
    customerId,
    subscriptionId,
    entityId: content.entityId,
    timestamp: fromIso(content.timestamp),
    properties: content.properties,
  };
}

const identityOf = ({
  transactionId,
  customerId,
  subscriptionId,
}: UsageRecord): RecordIdentity => ({
  transactionId,
  ...(customerId === undefined ? {} : { customerId }),
  ...(subscriptionId === undefined ? {} : { subscriptionId }),
});

const contentOf = ({ code, timestamp, entityId, properties }: UsageRecord): AmendedContent => ({
  code,
  timestamp: toIso(timestamp),
  ...(entityId === undefined ? {} : { entityId }),
  ...(properties === undefined ? {} : { properties }),
});
