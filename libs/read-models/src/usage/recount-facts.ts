import {
  correctionDecider,
  subjectOf,
  type CorrectableRecord,
  type CorrectionEvent,
  type Instant,
  type RecordIdentity,
  type UsageRecord,
} from '@odometer/domain';
import type { RecordedEvent } from '@odometer/event-store';
import { CORRECTION_EVENTS, correctionOf } from './correction-log.js';
import type { Place } from './identity.js';
import { isLate, limitDaysOf, SETTINGS_CHANGED } from './late-limits.js';
import type { ReadLog } from './read-log.js';

interface PlacedCorrection {
  readonly position: number;
  readonly event: CorrectionEvent;
}

export interface PlacedRecord {
  readonly record: UsageRecord;
  readonly place: Place;
}

/**
 * What besides usage itself decides how a shard's records count, up to a position of the log and read from the log: corrections, and how
 * late records might be when they arrived.
 */
export class RecountFacts {
  private readonly byIdentity = new Map<string, PlacedCorrection[]>();
  /** In the order of the log. */
  private readonly limits: { readonly position: number; readonly days: number | null }[] = [];

  static async read(
    log: ReadLog,
    place: { readonly tenant: string; readonly shard: number; readonly upTo: number },
  ): Promise<RecountFacts> {
    const facts = new RecountFacts();
    const filter = [
      {
        types: CORRECTION_EVENTS,
        streamPrefix: `usage-${place.tenant}-`,
        streamSuffix: `-${place.shard}`,
      },
      { types: [SETTINGS_CHANGED] },
    ];
    let after = 0;
    while (after < place.upTo) {
      const page = await log.readAll({ after, filter });
      for (const event of page.events)
        if (event.position <= place.upTo && event.metadata.tenant === place.tenant)
          facts.add(event);
      if (page.position === after) break;
      after = page.position;
    }
    return facts;
  }

  /**
   * What counts of the first record of an identity: itself, what replaced it last, or nothing (null) when it was taken back or came too
   * late.
   */
  standing(first: PlacedRecord & { readonly receivedAt: Instant }): PlacedRecord | null {
    const { record, place, receivedAt } = first;
    const corrections = this.byIdentity.get(identityOf(record)) ?? [];
    let state: CorrectableRecord = { status: 'standing', record };
    let current: PlacedRecord | null = isLate(record, receivedAt, this.limitAt(place.position))
      ? null
      : { record, place };
    for (const { position, event } of corrections) {
      if (position <= place.position) continue;
      state = correctionDecider.evolve(state, event);
      if (state.status !== 'standing') return null;
      current = { record: { ...state.record, amendedAt: position }, place: { position, index: 0 } };
    }
    return current;
  }

  private limitAt(position: number): number | null {
    return this.limits.findLast((limit) => limit.position < position)?.days ?? null;
  }

  private add(event: RecordedEvent): void {
    const { position } = event;
    if (event.type === SETTINGS_CHANGED) {
      this.limits.push({ position, days: limitDaysOf(event) });
      return;
    }
    const correction = correctionOf(event);
    const identity = identityOf(correction.data);
    const known = this.byIdentity.get(identity);
    if (known === undefined) this.byIdentity.set(identity, [{ position, event: correction }]);
    else known.push({ position, event: correction });
  }
}

const identityOf = (named: RecordIdentity | UsageRecord): string =>
  `${subjectOf(named)}\0${named.transactionId}`;
