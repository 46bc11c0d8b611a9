import type { IHeaders } from 'kafkajs';

/** Names of the headers that we read and write. Those of a dead letter stand beside the original ones. */
export const HEADER = {
  /** Whose usage it is. */
  tenant: 'odometer-tenant',
  /** Id of the API key that sent it. */
  actor: 'odometer-actor',
  /** Epoch milliseconds of its arrival at our door. */
  receivedAt: 'odometer-received-at',
  contentType: 'content-type',
  deadReason: 'odometer-dead-reason',
  deadErrors: 'odometer-dead-errors',
  deadTopic: 'odometer-dead-topic',
  deadPartition: 'odometer-dead-partition',
  deadOffset: 'odometer-dead-offset',
  deadAt: 'odometer-dead-at',
  /** How often the message was refused. */
  deadAttempts: 'odometer-dead-attempts',
} as const;

export const DEAD_PREFIX = 'odometer-dead-';

/** A header as text. Of one that stands there several times the last counts; one without a value is absent, which kafkajs says with null. */
export function headerText(headers: IHeaders | undefined, name: string): string | undefined {
  const found = headers?.[name];
  const last: Buffer | string | null | undefined = Array.isArray(found) ? found.at(-1) : found;
  return last?.toString();
}
