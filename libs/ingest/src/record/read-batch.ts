import type { FieldError, Instant, UsageRecord } from '@odometer/domain';
import type { ParsedBody } from '../body/exact-json.js';
import { BATCH_RECORDS_MAX, REPORTED_ERRORS_MAX } from '../limits.js';
import { childPointer } from './pointer.js';
import type { ReadContext, ReadRecord } from './read-record.js';
import { USAGE_FORM, type RecordForm } from './record-form.js';
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
  /** What a record looks like; default: ours. */
  readonly form?: RecordForm;
}

export interface ReadBatchOptions extends ReadOptions {
  /** Leave bad records out instead of refusing them all. Each of them then has an error at least. */
  readonly partial: boolean;
  /** `wrapped`, the default: `{"events": [...]}`. `plain`: the array itself, which may be empty. */
  readonly list?: 'wrapped' | 'plain';
}

/** The one record of `POST /v1/events`. Throws InvalidBody. */
export function readOne(body: ParsedBody, options: ReadOptions): ReadRecord {
  const { receivedAt, form = USAGE_FORM } = options;
  const read = form.read(body.value, { receivedAt, traits: traitsOf(body) });
  if (read) return read;
  const errors = form.explain(body.value, '', receivedAt);
  throw invalidRecords(errors.slice(0, REPORTED_ERRORS_MAX), errors.length);
}

/** The records of `POST /v1/events/batch`. Throws InvalidBody. */
export function readBatch(body: ParsedBody, options: ReadBatchOptions): ReadBatch {
  const { form = USAGE_FORM, list = 'wrapped' } = options;
  const events = list === 'plain' ? plainEventsOf(body.value) : eventsOf(body.value);
  const context = { receivedAt: options.receivedAt, traits: traitsOf(body) };
  const records: UsageRecord[] = [];
  const bytes: number[] = [];
  const place = list === 'plain' ? '' : '/events';
  const faults = new Faults({ context, form, place, partial: options.partial });
  for (let at = 0; at < events.length; at += 1) {
    const read = form.read(events[at], context);
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
    private readonly reading: {
      readonly context: ReadContext;
      readonly form: RecordForm;
      /** Pointer of the list. */
      readonly place: string;
      readonly partial: boolean;
    },
  ) {}

  explain(sent: unknown, at: number): void {
    const { context, form, place, partial } = this.reading;
    const found = form.explain(sent, childPointer(place, at), context.receivedAt);
    // A record that is left out without a reason would be lost in silence.
    if (found.length === 0) throw new Error(`record ${at} is refused and nothing is wrong with it`);
    const room = Math.max(REPORTED_ERRORS_MAX - this.errors.length, partial ? 1 : 0);
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
  if (events.length > BATCH_RECORDS_MAX) throw tooMany('/events', 'events', events.length);
  return events as readonly unknown[];
}

function plainEventsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid('', 'wrong_type', 'a batch must be an array');
  if (value.length > BATCH_RECORDS_MAX) throw tooMany('', 'a batch', value.length);
  return value as readonly unknown[];
}

const tooMany = (pointer: string, what: string, count: number): InvalidBody =>
  invalid(
    pointer,
    'too_many',
    `${what} must hold at most ${BATCH_RECORDS_MAX} usage records, not ${count}`,
  );

function invalid(pointer: string, code: string, detail: string): InvalidBody {
  return new InvalidBody(`${detail}; nothing was stored`, [{ pointer, code, detail }]);
}
