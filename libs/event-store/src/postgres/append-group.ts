import type { EncodedEvent } from '../event-hash.js';
import {
  PartialRetry,
  RepeatDiffers,
  RevisionConflict,
  type AppendResult,
  type ExpectedRevision,
} from '../event-store.js';
import type { SizedEvent } from '../page.js';
import { binaryArray, int4, int8, uuid } from './binary-array.js';

/** One append that waits for its commit. */
export interface Append {
  readonly streamId: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
  readonly bytes: number;
  resolve(result: AppendResult): void;
  reject(error: Error): void;
}

/** What `odometer.append_events` answers, see there. */
export interface GroupAnswer {
  readonly results: string;
  readonly hashes: Buffer;
}

export interface Settled {
  /** What was appended, in order of position. */
  readonly committed: readonly SizedEvent[];
  /** Gives every caller its outcome. */
  readonly tell: () => void;
}

export const APPEND_STATEMENT = {
  name: 'odometer_append',
  text: 'SELECT results, hashes FROM odometer.append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)',
};

const EXPECTED_CODES = { noStream: -1, any: -2, exists: -3 } as const;
const APPENDED = 0;
const REPLAYED = 1;
const CONFLICT = 2;
const DIFFERS = 4;
const NUMBERS_PER_APPEND = 4;
const HASH_BYTES = 32;
/** What an event in memory takes beside its content, roughly. */
const OBJECT_BYTES = 512;

/** The appends of a group as the arguments of APPEND_STATEMENT. */
export function argumentsOf(group: readonly Append[]): Buffer[] {
  const events = group.flatMap((append) => append.events);
  return [
    binaryArray(
      'text',
      group.map(({ streamId }) => streamId),
    ),
    binaryArray(
      'int8',
      group.map(({ expected }) =>
        int8(typeof expected === 'number' ? expected : EXPECTED_CODES[expected]),
      ),
    ),
    binaryArray(
      'int4',
      group.map((append) => int4(append.events.length)),
    ),
    binaryArray(
      'uuid',
      events.map(({ event }) => uuid(event.eventId)),
    ),
    binaryArray(
      'text',
      events.map(({ event }) => event.type),
    ),
    binaryArray(
      'int4',
      events.map(({ event }) => int4(event.schemaVersion)),
    ),
    binaryArray(
      'text',
      events.map(({ event }) => event.metadata.tenant),
    ),
    binaryArray(
      'json',
      events.map(({ metadata }) => metadata),
    ),
    binaryArray(
      'json',
      events.map(({ data }) => data),
    ),
    binaryArray(
      'bytea',
      events.map(({ payload }) => payload),
    ),
    binaryArray(
      'bytea',
      events.map(({ digest }) => digest),
    ),
  ];
}

/** Reads the answer to a group. */
export function settle(group: readonly Append[], { results, hashes }: GroupAnswer): Settled {
  const numbers = results.split(' ').map(Number);
  const committed: SizedEvent[] = [];
  const told = group.map((append, i): (() => void) => {
    const [outcome, firstRevision, lastRevision, position] = numbers.slice(
      i * NUMBERS_PER_APPEND,
      (i + 1) * NUMBERS_PER_APPEND,
    ) as [number, number, number, number];
    if (outcome === APPENDED || outcome === REPLAYED) {
      const replayed = outcome === REPLAYED;
      const result = { firstRevision, lastRevision, position, replayed };
      if (!replayed) record(append, result, { hashes, committed });
      return () => append.resolve(result);
    }
    const refusal = refusalOf(append, { outcome, firstRevision, lastRevision, position });
    return () => append.reject(refusal);
  });
  return { committed, tell: () => told.forEach((tell) => tell()) };
}

function refusalOf(
  { streamId, expected }: Append,
  answer: Omit<AppendResult, 'replayed'> & { readonly outcome: number },
): Error {
  const { outcome, firstRevision, lastRevision, position } = answer;
  if (outcome === CONFLICT) return new RevisionConflict(streamId, expected, lastRevision);
  return outcome === DIFFERS
    ? new RepeatDiffers(streamId, firstRevision, position)
    : new PartialRetry(streamId);
}

function record(
  { streamId, events }: Append,
  { firstRevision, position }: AppendResult,
  { hashes, committed }: { readonly hashes: Buffer; readonly committed: SizedEvent[] },
): void {
  const firstPosition = position - events.length + 1;
  events.forEach(({ event, bytes }, i) => {
    const hashAt = committed.length * HASH_BYTES;
    committed.push({
      bytes: bytes + OBJECT_BYTES,
      event: {
        eventId: event.eventId,
        type: event.type,
        schemaVersion: event.schemaVersion,
        data: event.data,
        metadata: event.metadata,
        streamId,
        revision: firstRevision + i,
        position: firstPosition + i,
        hash: hashes.toString('hex', hashAt, hashAt + HASH_BYTES),
      },
    });
  });
}
