import type { MeterEvent } from '../catalog/catalog-events.js';
import type { Decider } from '../kernel/decider.js';
import { refuseInvalid } from '../kernel/field-check.js';
import { RuleBroken } from '../kernel/rule-broken.js';
import { sameValue } from '../kernel/same-value.js';
import { checkMeter, type MeterDefinition } from './meter-check.js';
import type { Meter } from './meter.js';

/** Makes a new meter; an archived one comes back with its next version. */
export interface DefineMeter {
  readonly type: 'DefineMeter';
  readonly meter: MeterDefinition;
}

/** Replaces the whole definition. What is counted makes a new version, a new name alone does not. */
export interface ReviseMeter {
  readonly type: 'ReviseMeter';
  readonly meter: MeterDefinition;
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
        return revise(command.meter, state);
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

function revise(meter: MeterDefinition, state: MeterState): MeterEvent[] {
  if (state.status !== 'defined') throw notFound(meter.code);
  refuseInvalid('The meter', checkMeter(meter));
  const { version, name } = state.meter;
  if (sameValue({ ...meter, version }, state.meter)) return [];
  const countsTheSame = sameValue({ ...meter, version, name }, state.meter);
  const data = { ...meter, version: countsTheSame ? version : version + 1 };
  return [{ type: 'MeterRevised', data }];
}

function archive(code: string, state: MeterState): MeterEvent[] {
  if (state.status === 'none') throw notFound(code);
  return state.status === 'archived' ? [] : [{ type: 'MeterArchived', data: { code } }];
}

const notFound = (code: string): RuleBroken =>
  new RuleBroken('meter_not_found', `No meter ${code}.`, 'not_found');
