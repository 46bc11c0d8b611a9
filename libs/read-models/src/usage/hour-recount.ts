import { observationAt, type CompiledMeter } from '@odometer/domain';
import { addToDigest, emptyHour, type HourState } from './hour-state.js';
import { writeIdentity } from './identity.js';
import type { FoundRecord } from './record-finder.js';
import { IDENTITY_RUNS } from './run-formats.js';

/** Adds up records one by one, as the fold does. */
export class HourRecount {
  readonly state: HourState;
  private readonly identity = Buffer.alloc(IDENTITY_RUNS.entryBytes);

  constructor(
    private readonly tenant: string,
    private readonly meter: CompiledMeter,
  ) {
    this.state = emptyHour(meter.aggregation);
  }

  /** Adds a record that the meter matches, unless it cannot count it. */
  add({ record, place }: Pick<FoundRecord, 'record' | 'place'>): void {
    const { state, meter, identity } = this;
    const observation = observationAt(place);
    if (meter.observe(record, observation) !== null) return;
    state.state = meter.aggregation.add(state.state, observation);
    state.records += 1;
    writeIdentity(identity, 0, { tenant: this.tenant, record, place });
    addToDigest(state, identity, 0);
  }
}
