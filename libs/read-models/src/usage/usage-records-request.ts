import { textOf, type Instant } from '@odometer/domain';
import type { FoundRecord } from './record-finder.js';
import type { RecordStatus } from './usage-batch.js';

/** Which records are asked for; what is absent is any. */
export interface UsageRecordsRequest {
  readonly tenant: string;
  readonly customerId?: string | undefined;
  readonly subscriptionId?: string | undefined;
  readonly entityId?: string | undefined;
  readonly code?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly statuses?: readonly RecordStatus[] | undefined;
  /** Only records whose property has one of the values, as text. */
  readonly filter?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** Whether a record is asked for. What an amendment has replaced is shown as a version of it, not as a record of its own. */
export function passesRequest(found: FoundRecord, request: UsageRecordsRequest): boolean {
  if (found.status === 'replaced' || !isOfSubject(found, request)) return false;
  const { record } = found;
  return (
    record.timestamp >= (request.from ?? 0) &&
    record.timestamp < (request.to ?? Number.POSITIVE_INFINITY) &&
    (request.statuses === undefined || request.statuses.includes(statusOf(found))) &&
    hasProperties(found, request)
  );
}

function isOfSubject({ record }: FoundRecord, request: UsageRecordsRequest): boolean {
  const same = (asked: string | undefined, has: string | undefined): boolean =>
    asked === undefined || asked === has;
  return (
    same(request.customerId, record.customerId) &&
    same(request.subscriptionId, record.subscriptionId) &&
    same(request.entityId, record.entityId) &&
    same(request.code, record.code)
  );
}

function hasProperties({ record }: FoundRecord, { filter = {} }: UsageRecordsRequest): boolean {
  const { properties = {} } = record;
  return Object.entries(filter).every(([key, values]) => {
    const text = Object.hasOwn(properties, key) ? textOf(properties[key]) : null;
    return text !== null && values.includes(text);
  });
}

/** Throws for a record that an amendment has replaced. */
export const statusOf = ({
  record,
  status,
}: Pick<FoundRecord, 'record' | 'status'>): RecordStatus => {
  if (status === 'replaced')
    throw new Error('what an amendment has replaced is no record of its own');
  return status === 'accepted' && record.amendedAt !== undefined ? 'amended' : status;
};
