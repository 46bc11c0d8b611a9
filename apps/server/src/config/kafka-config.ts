import type { KafkaSettings } from '@odometer/ingest';
import type { Variables } from './variables.js';

export interface KafkaConfig extends Omit<KafkaSettings, 'log'> {
  readonly topic: string;
  readonly partitions: number;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly defaultTenant: string;
}

/** Null without brokers: then the other variables of Kafka mean nothing. */
export function kafkaConfigOf(variables: Variables): KafkaConfig | null {
  const brokers = variables.KAFKA_BROKERS;
  if (brokers === undefined) return null;
  return {
    brokers: brokers.split(','),
    topic: variables.KAFKA_USAGE_TOPIC,
    partitions: variables.KAFKA_TOPIC_PARTITIONS,
    // Members of a group must not read different topics: two Odometers beside one Kafka would stop each other.
    group: variables.KAFKA_GROUP ?? variables.KAFKA_USAGE_TOPIC,
    sessionTimeoutMs: variables.KAFKA_SESSION_TIMEOUT_SECONDS * 1_000,
    defaultTenant: variables.KAFKA_DEFAULT_TENANT,
    ssl: variables.KAFKA_SSL === 'true',
    sasl: saslOf(variables),
  };
}

function saslOf(variables: Variables): KafkaConfig['sasl'] {
  const mechanism = variables.KAFKA_SASL_MECHANISM;
  if (mechanism === 'none') return null;
  return {
    mechanism: mechanism as NonNullable<KafkaConfig['sasl']>['mechanism'],
    username: variables.KAFKA_USERNAME ?? '',
    password: variables.KAFKA_PASSWORD ?? '',
  };
}
