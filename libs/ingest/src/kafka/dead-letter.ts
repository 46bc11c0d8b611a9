import { toIso, type FieldError, type Instant } from '@odometer/domain';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { DEAD_PREFIX, HEADER, headerText } from './headers.js';
import { LETTER_ERRORS_MAX, REASON_LENGTH_MAX } from './limits.js';
import type { Poison } from './read-message.js';

/** Where a message was read. */
export interface Source {
  readonly topic: string;
  readonly partition: number;
}

/** A message that could not be read as usage, with what was wrong. Key, value and headers are those that were sent. */
export interface DeadLetter {
  /** Its own place among the dead letters, and where the message stood first. */
  readonly offset: number;
  readonly source: Source & { readonly offset: number };
  readonly reason: string;
  readonly errors: readonly FieldError[];
  /** ISO 8601: when it was refused. */
  readonly at: string;
  readonly attempts: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
  /** Epoch milliseconds, as the message had it. */
  readonly timestamp: string;
}

/** The message as it was, and beside its headers why it is dead. */
export function letterOf(
  message: KafkaMessage,
  source: Source,
  poison: Poison,
  at: Instant,
): Message {
  const attempts = Number(headerText(message.headers, HEADER.deadAttempts) ?? 0) + 1;
  return {
    ...unchanged(message),
    headers: {
      ...sendable(message.headers ?? {}),
      [HEADER.deadReason]: poison.message.slice(0, REASON_LENGTH_MAX),
      [HEADER.deadErrors]: JSON.stringify(poison.errors.slice(0, LETTER_ERRORS_MAX)),
      [HEADER.deadTopic]: source.topic,
      [HEADER.deadPartition]: String(source.partition),
      [HEADER.deadOffset]: message.offset,
      [HEADER.deadAt]: toIso(at),
      [HEADER.deadAttempts]: String(attempts),
    },
  };
}

/** Bytes that a letter takes in a request to the broker, a little more rather than less. */
export function letterBytes({ key, value, headers = {} }: Message): number {
  const told = Object.entries(headers).flatMap(([name, one]) => [name, ...[one ?? ''].flat()]);
  return [key ?? '', value ?? '', ...told].reduce(
    (sum, part) => sum + Buffer.byteLength(part) + FIELD_BYTES,
    FIELD_BYTES,
  );
}

/** Around each field of a message: its length, and what the message says of itself. */
const FIELD_BYTES = 16;

/** What a message of the dead letters' topic says. */
export function readLetter(message: KafkaMessage): DeadLetter {
  const told = (name: string): string => headerText(message.headers, name) ?? '';
  return {
    offset: Number(message.offset),
    source: {
      topic: told(HEADER.deadTopic),
      partition: Number(told(HEADER.deadPartition)),
      offset: Number(told(HEADER.deadOffset)),
    },
    reason: told(HEADER.deadReason),
    errors: JSON.parse(told(HEADER.deadErrors) || '[]') as FieldError[],
    at: told(HEADER.deadAt),
    attempts: Number(told(HEADER.deadAttempts)),
    key: message.key,
    value: message.value,
    headers: originalHeaders(message.headers ?? {}),
    timestamp: message.timestamp,
  };
}

/** The message as it was sent at first; only the number of its attempts is kept. */
export function revived(letter: DeadLetter): Message {
  return {
    ...unchanged(letter),
    headers: { ...letter.headers, [HEADER.deadAttempts]: String(letter.attempts) },
  };
}

/** kafkajs reads a header without a value as null, and cannot write one: it becomes an empty one. */
const sendable = (headers: IHeaders): IHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((one: Buffer | string | null) => one ?? '') : (value ?? ''),
    ]),
  );

type Content = Pick<DeadLetter, 'key' | 'value' | 'timestamp'>;

const unchanged = ({ key, value, timestamp }: Content): Message => ({ key, value, timestamp });

const originalHeaders = (headers: IHeaders): IHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(DEAD_PREFIX)));
