import { Kafka, logLevel, type LogEntry, type SASLOptions } from 'kafkajs';
import {
  CONNECT_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  RETRY_DELAY_MS,
  RETRY_DELAY_MS_MAX,
  SEND_RETRIES,
} from './limits.js';

/** Where what happens to the connection is told. */
export interface KafkaLog {
  debug(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface KafkaSettings {
  /** `host:port` of brokers to begin with. */
  readonly brokers: readonly string[];
  readonly ssl: boolean;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
  readonly log: KafkaLog;
}

/** The brokers do not answer, or refuse us. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

export const RETRY = {
  retries: SEND_RETRIES,
  initialRetryTime: RETRY_DELAY_MS,
  maxRetryTime: RETRY_DELAY_MS_MAX,
};

export function createClient({ brokers, ssl, sasl, log }: KafkaSettings): Kafka {
  return new Kafka({
    clientId: 'odometer',
    brokers: [...brokers],
    ssl,
    ...(sasl === null ? {} : { sasl: sasl as SASLOptions }),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.WARN,
    // What the client calls an error it mostly tries again by itself; what fails in the end we report.
    logCreator: () => (entry: LogEntry) => {
      if (entry.level !== logLevel.ERROR && entry.level !== logLevel.WARN) return;
      const { message, ...details } = entry.log;
      log.debug({ ...details, part: entry.namespace }, message);
    },
  });
}
