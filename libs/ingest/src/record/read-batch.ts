import type { FieldError, Instant, UsageRecord } from '@odometer/domain';
import type { ParsedBody } from '../body/exact-json.js';
import { BATCH_RECORDS_MAX, REPORTED_ERRORS_MAX } from '../limits.js';
import { explainRecord } from './explain-record.js';
import { childPointer } from './pointer.js';
import { readRecord, type ReadContext, type ReadRecord } from './read-record.js';
import { traitsOf } from './text.js';

/** The body is JSON and not what the route takes. Nothing of it is stored. */
export class InvalidBody extends Error {
  override readonly name = 'InvalidBody';

  constructor(
    message: string,
    readonly errors: readonly FieldError[],
  ) {
    super(message);
  }
}

export interface ReadBatch {
  readonly records: readonly UsageRecord[];
  /** For each record an upper bound of its bytes as JSON. */
  readonly bytes: readonly number[];
  /** What is wrong with the records that are left out; empty unless reading is partial. */
  readonly errors: readonly FieldError[];
}

export interface ReadOptions {
  readonly receivedAt: Instant;
}

export interface ReadBatchOptions extends ReadOptions {
  /** Leave bad records out instead of refusing them all. Each of them then has an error at least. */
  readonly partial: boolean;
}

/** The one record of `POST /v1/events`. Throws InvalidBody. */
export function readOne(body: ParsedBody, options: ReadOptions): ReadRecord {
  const read = readRecord(body.value, { ...options, traits: traitsOf(body) });
  if (read) return read;
  const errors = explainRecord(body.value, '', options.receivedAt);
  throw invalidRecords(errors.slice(0, REPORTED_ERRORS_MAX), errors.length);
}

/** The records of `POST /v1/events/batch`. Throws InvalidBody. */
export function readBatch(body: ParsedBody, options: ReadBatchOptions): ReadBatch {
  const events = eventsOf(body.value);
  const context = { receivedAt: options.receivedAt, traits: traitsOf(body) };
  const records: UsageRecord[] = [];
  const bytes: number[] = [];
  const faults = new Faults(context, options.partial);
  for (let at = 0; at < events.length; at += 1) {
    const read = readRecord(events[at], context);
    if (read) {
      records.push(read.record);
      bytes.push(read.bytes);
    } else faults.explain(events[at], at);
  }
  if (!options.partial) faults.refuse();
  return { records, bytes, errors: faults.errors };
}

/** Collects what is wrong, so that one answer names it all, and no answer grows without limit. */
class Faults {
  readonly errors: FieldError[] = [];
  private count = 0;

  constructor(
    private readonly context: ReadContext,
    private readonly partial: boolean,
  ) {}

  explain(sent: unknown, at: number): void {
    const found = explainRecord(sent, childPointer('/events', at), this.context.receivedAt);
    // A record that is left out without a reason would be lost in silence.
    if (found.length === 0) throw new Error(`record ${at} is refused and nothing is wrong with it`);
    const room = Math.max(REPORTED_ERRORS_MAX - this.errors.length, this.partial ? 1 : 0);
    this.errors.push(...found.slice(0, room));
    this.count += found.length;
  }

  refuse(): void {
    if (this.count > 0) throw invalidRecords(this.errors, this.count);
  }
}

function invalidRecords(errors: readonly FieldError[], count: number): InvalidBody {
  const listed = count > errors.length ? `; the first ${errors.length} are listed` : '';
  const problems = count === 1 ? '1 field is wrong' : `${count} fields are wrong`;
  return new InvalidBody(`${problems}${listed}; nothing was stored`, errors);
}

function eventsOf(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('', 'wrong_type', 'the body must be an object {"events": [...]}');
  }
  for (const field of Object.keys(value)) {
    if (field !== 'events') {
      throw invalid(childPointer('', field), 'unknown_field', 'a batch has the field events only');
    }
  }
  if (!('events' in value)) throw invalid('/events', 'required', 'events is missing');
  return checkedEvents(value.events);
}

function checkedEvents(events: unknown): readonly unknown[] {
  if (!Array.isArray(events)) throw invalid('/events', 'wrong_type', 'events must be an array');
  if (events.length === 0) {
    throw invalid('/events', 'too_few', 'events must hold at least one usage record');
  }
  if (events.length > BATCH_RECORDS_MAX) {
    const detail = `events must hold at most ${BATCH_RECORDS_MAX} usage records, not ${events.length}`;
    throw invalid('/events', 'too_many', detail);
  }
  return events as readonly unknown[];
}

function invalid(pointer: string, code: string, detail: string): InvalidBody {
  return new InvalidBody(`${detail}; nothing was stored`, [{ pointer, code, detail }]);
}
