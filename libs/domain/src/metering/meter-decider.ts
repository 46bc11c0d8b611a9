import type { MeterEvent } from '../catalog/catalog-events.js';
import type { Decider } from '../kernel/decider.js';
import { refuseInvalid } from '../kernel/field-check.js';
import type { Instant } from '../kernel/instant.js';
import { RuleBroken, type FieldError } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import { checkMeter, type MeterDefinition } from './meter-check.js';
import { countsAlike, validFromOf, validityFrom, type Validity } from './meter-versions.js';
import type { Meter } from './meter.js';

/** Makes a new meter; an archived one comes back with its next version. */
export interface DefineMeter {
  readonly type: 'DefineMeter';
  readonly meter: MeterDefinition;
}

/**
 * Replaces the whole definition. What is counted makes a new version, a new name alone does not. The version is valid for records from
 * `validFrom` on, and those before are counted as they were; without it, it is valid for all.
 */
export interface ReviseMeter {
  readonly type: 'ReviseMeter';
  readonly meter: MeterDefinition;
  readonly validFrom?: Instant | undefined;
}

/** Takes the meter out of use; the usage stays in the log. */
export interface ArchiveMeter {
  readonly type: 'ArchiveMeter';
  readonly code: string;
}

export type MeterCommand = DefineMeter | ReviseMeter | ArchiveMeter;

export type MeterState =
  { readonly status: 'none' } | { readonly status: 'defined' | 'archived'; readonly meter: Meter };

type KnownMeter = Exclude<MeterState, { status: 'none' }>;

/**
 * Refusals: `validation_failed` with every bad field, `meter_already_exists` (conflict) when a meter in use is defined again,
 * `meter_not_found` when there is none to revise or archive. An unchanged revision and a second archiving are quiet.
 */
export const meterDecider: Decider<MeterState, MeterCommand, MeterEvent> = {
  initialState: () => ({ status: 'none' }),
  decide(command, state) {
    switch (command.type) {
      case 'DefineMeter':
        return define(command.meter, state);
      case 'ReviseMeter':
        return revise(command, state);
      case 'ArchiveMeter':
        return archive(command.code, state);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'MeterDefined':
      case 'MeterRevised':
        return { status: 'defined', meter: event.data };
      case 'MeterArchived':
        return { status: 'archived', meter: (state as KnownMeter).meter };
    }
  },
};

function define(meter: MeterDefinition, state: MeterState): MeterEvent[] {
  if (state.status === 'defined') {
    const message = `There is a meter ${meter.code} already; revise it instead.`;
    throw new RuleBroken('meter_already_exists', message, 'conflict');
  }
  refuseInvalid('The meter', checkMeter(meter));
  const version = state.status === 'none' ? 1 : state.meter.version + 1;
  return [{ type: 'MeterDefined', data: { ...meter, version } }];
}

function revise({ meter, validFrom }: ReviseMeter, state: MeterState): MeterEvent[] {
  if (state.status !== 'defined') throw notFound(meter.code);
  const before = state.meter;
  refuseInvalid('The meter', [
    ...checkMeter(meter),
    ...(validFrom === undefined ? [] : checkEventCode(meter, before)),
  ]);
  const { version, name } = before;
  const validity = validityOf(meter, before, validFrom);
  const after = { ...meter, ...validity, version };
  if (sameValue(after, before)) return [];
  const countsTheSame = sameValue({ ...after, name }, before);
  const data = { ...after, version: countsTheSame ? version : version + 1 };
  return [{ type: 'MeterRevised', data }];
}

/** Where nothing changes in how records are counted, nothing changes in what is valid when, unless more of the past is to be counted so. */
function validityOf(
  meter: MeterDefinition,
  before: Meter,
  validFrom: Instant | undefined,
): Validity {
  const { validFrom: since, earlier } = before;
  const alike = meter.eventCode === before.eventCode && countsAlike(meter, before);
  const reaches = validFrom === undefined || validFrom >= validFromOf(before);
  if (alike && reaches) return earlier === undefined ? {} : { validFrom: since, earlier };
  return validFrom === undefined || validFrom <= BEGINNING ? {} : validityFrom(before, validFrom);
}

/** No record is older: usage from before 1970 is refused. */
const BEGINNING = 0;

function checkEventCode({ eventCode }: MeterDefinition, before: Meter): FieldError[] {
  if (eventCode === before.eventCode) return [];
  const detail = `Must stay ${JSON.stringify(before.eventCode)} in a version that is valid from a moment on; leave "valid_from" out, or define another meter.`;
  return [{ pointer: '/event_code', code: 'not_allowed', detail }];
}

function archive(code: string, state: MeterState): MeterEvent[] {
  if (state.status === 'none') throw notFound(code);
  return state.status === 'archived' ? [] : [{ type: 'MeterArchived', data: { code } }];
}

const notFound = (code: string): RuleBroken =>
  new RuleBroken('meter_not_found', `No meter ${code}.`, 'not_found');
