import {
  correctionDecider,
  subjectOf,
  type CorrectableRecord,
  type CorrectionEvent,
  type RecordIdentity,
  type UsageRecord,
} from '@odometer/domain';
import { CORRECTION_EVENTS, correctionOf } from './correction-log.js';
import type { Place } from './identity.js';
import type { ReadLog } from './read-log.js';

interface PlacedCorrection {
  readonly position: number;
  readonly event: CorrectionEvent;
}

export interface PlacedRecord {
  readonly record: UsageRecord;
  readonly place: Place;
}

/** The corrections of a tenant's shard up to a position of the log, read from the log itself. */
export class RecountCorrections {
  private readonly byIdentity = new Map<string, PlacedCorrection[]>();

  static async read(
    log: ReadLog,
    place: { readonly tenant: string; readonly shard: number; readonly upTo: number },
  ): Promise<RecountCorrections> {
    const corrections = new RecountCorrections();
    const filter = [
      {
        types: CORRECTION_EVENTS,
        streamPrefix: `usage-${place.tenant}-`,
        streamSuffix: `-${place.shard}`,
      },
    ];
    let after = 0;
    while (after < place.upTo) {
      const page = await log.readAll({ after, filter });
      for (const event of page.events)
        if (event.position <= place.upTo) corrections.add(event.position, correctionOf(event));
      if (page.position === after) break;
      after = page.position;
    }
    return corrections;
  }

  /** What counts of the first record of an identity: itself, what replaced it last, or nothing (null) when it was taken back. */
  standing({ record, place }: PlacedRecord): PlacedRecord | null {
    const corrections = this.byIdentity.get(identityOf(record)) ?? [];
    let state: CorrectableRecord = { status: 'standing', record };
    let current: PlacedRecord = { record, place };
    for (const { position, event } of corrections) {
      if (position <= place.position) continue;
      state = correctionDecider.evolve(state, event);
      if (state.status !== 'standing') return null;
      current = { record: { ...state.record, amendedAt: position }, place: { position, index: 0 } };
    }
    return current;
  }

  private add(position: number, event: CorrectionEvent): void {
    const identity = identityOf(event.data);
    const known = this.byIdentity.get(identity);
    if (known === undefined) this.byIdentity.set(identity, [{ position, event }]);
    else known.push({ position, event });
  }
}

const identityOf = (named: RecordIdentity | UsageRecord): string =>
  `${subjectOf(named)}\0${named.transactionId}`;
