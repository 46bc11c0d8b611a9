import {
  subjectOf,
  type CorrectionEvent,
  type RecordIdentity,
  type UsageRecord,
} from '@odometer/domain';
import {
  decodeSegment,
  USAGE_RECORDED,
  type EventStore,
  type RecordedEvent,
} from '@odometer/event-store';
import { CUSTOMERS, MONTHLY_FEE, MONTHS } from './facts.js';

/** What one customer used in one month, and owes for it in cents. */
export interface MonthOf {
  readonly customer: string;
  readonly month: string;
  readonly calls: number;
  readonly tokens: number;
  readonly owed: { readonly fee: number; readonly calls: number; readonly tokens: number };
}

/** What the log says, read from its start to its end. */
export interface Told {
  /** All records, in the order of the log. */
  readonly records: readonly UsageRecord[];
  /** Those that count, with what the last amendment says of them. */
  readonly counted: readonly UsageRecord[];
  /** Records and amendments that do not count: repeats, and what was taken back or replaced. */
  readonly setAside: number;
  /** Amendments that say what counts since. */
  readonly amendments: number;
  /** Ids of all corrections, each as often as it is there. */
  readonly corrections: readonly string[];
}

interface Standing {
  readonly record: UsageRecord;
  readonly voided: boolean;
}

/** The first of each identity counts, until it is voided, with the content of its last amendment. */
export async function readLog(store: EventStore): Promise<Told> {
  const teller = new Teller();
  for await (const event of eventsOf(store)) {
    if (event.type === USAGE_RECORDED) recordsOf(event).forEach((record) => teller.record(record));
    const correction = correctionOf(event);
    if (correction !== null) teller.correct(event.eventId, correction);
  }
  return teller.told();
}

class Teller {
  private readonly standing = new Map<string, Standing>();
  private readonly records: UsageRecord[] = [];
  private readonly corrections: string[] = [];
  private setAside = 0;
  private amendments = 0;

  record(record: UsageRecord): void {
    this.records.push(record);
    if (this.standing.has(identityOf(record))) this.setAside += 1;
    else this.standing.set(identityOf(record), { record, voided: false });
  }

  correct(eventId: string, correction: CorrectionEvent): void {
    this.corrections.push(eventId);
    const identity = identityOf(correction.data);
    const { record, voided } = this.standing.get(identity)!;
    const amends = correction.type === 'UsageAmended';
    // A void after a void says nothing new; an amendment after a void is never counted.
    if (!voided || amends) this.setAside += 1;
    if (voided) return;
    if (amends) this.amendments += 1;
    this.standing.set(identity, corrected(record, correction));
  }

  told(): Told {
    const counted = [...this.standing.values()].filter(({ voided }) => !voided);
    const { records, setAside, amendments, corrections } = this;
    return {
      records,
      counted: counted.map(({ record }) => record),
      setAside,
      amendments,
      corrections,
    };
  }
}

const recordsOf = ({ data }: RecordedEvent): readonly UsageRecord[] =>
  decodeSegment(data as Uint8Array).records;

function corrected(record: UsageRecord, correction: CorrectionEvent): Standing {
  if (correction.type === 'UsageVoided') return { record, voided: true };
  const { timestamp, ...content } = correction.data.content;
  return { record: { ...record, ...content, timestamp: Date.parse(timestamp) }, voided: false };
}

const correctionOf = ({ type, data }: RecordedEvent): CorrectionEvent | null =>
  type === 'UsageVoided' || type === 'UsageAmended'
    ? ({ type, data } as unknown as CorrectionEvent)
    : null;

async function* eventsOf(store: EventStore): AsyncGenerator<RecordedEvent> {
  for (let after = 0; ;) {
    const page = await store.readAll({ after });
    yield* page.events;
    if (page.position === after) return;
    after = page.position;
  }
}

export const identityOf = (record: UsageRecord | RecordIdentity): string =>
  `${subjectOf(record)} ${record.transactionId}`;

export const contentOf = (record: UsageRecord): string =>
  JSON.stringify([identityOf(record), record.timestamp, record.properties?.['tokens']]);

/** What everybody owes, counted on the fingers: no buckets, no shards, nothing of the product's arithmetic. */
export function naiveMonths(counted: readonly UsageRecord[]): MonthOf[] {
  return CUSTOMERS.flatMap((customer) =>
    MONTHS.map((month) => {
      const own = counted.filter(
        (record) =>
          record.customerId === customer &&
          new Date(record.timestamp).toISOString().startsWith(month),
      );
      const calls = own.length;
      const tokens = own.reduce((sum, { properties }) => sum + Number(properties?.['tokens']), 0);
      const owed = { fee: MONTHLY_FEE, calls: calls * 7, tokens: priceOfTokens(tokens) };
      return { customer, month, calls, tokens, owed };
    }),
  );
}

/** 1.25 cents for each of the first 20, then a euro once and 0.33 cents each; in hundredths of cents, rounded half up. */
function priceOfTokens(tokens: number): number {
  const cheap = Math.min(tokens, 20) * 125;
  const rest = tokens > 20 ? 10_000 + (tokens - 20) * 33 : 0;
  return Math.floor((cheap + rest + 50) / 100);
}
