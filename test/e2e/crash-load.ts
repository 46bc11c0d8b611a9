import type { Random } from '../bench/seeded-random.js';
import { API_KEY } from './mortal-server.js';

export interface SentRecord {
  readonly transaction_id: string;
  readonly code: string;
  readonly customer_id: string;
  readonly timestamp: string;
  readonly properties: { readonly units: number };
}

/** What was sent in one life of the server, and what was answered. */
export interface LifeLedger {
  readonly sent: Map<string, SentRecord>;
  readonly acknowledged: Set<string>;
  /** Answers that no well-formed usage deserves. */
  readonly refusals: string[];
  /** Answers that ask to try again: 429 and 5xx. */
  turnedAway: number;
  /** Requests without any answer: the connection broke, or it took too long. */
  unanswered: number;
  /** The farthest position that was answered. */
  position: number;
}

export const CRASH_CODE = 'crash_usage';
const ANSWER_MS = 20_000;
const SENDERS = 8;
const BATCH_MAX = 40;
/** Share of the batches that are large, and their size: enough to be scanned, and for pieces that are packed as they come. */
const LARGE_SHARE = 0.05;
const LARGE_BATCH = 400;
const UNITS_MAX = 1_000_000;
/** Share of the requests that send again, within a larger batch, what has been acknowledged. */
const REPEATED_SHARE = 0.2;

export const emptyLedger = (): LifeLedger => ({
  sent: new Map(),
  acknowledged: new Set(),
  refusals: [],
  turnedAway: 0,
  unanswered: 0,
  position: 0,
});

/** Usage from several senders at once, single and in batches, new and repeated, until the server is gone. */
export class CrashLoad {
  readonly ledger = emptyLedger();
  private over = false;

  constructor(
    private readonly url: string,
    private readonly customers: readonly string[],
    private readonly random: Random,
  ) {}

  /** Resolves when no request is under way any more after `end`. */
  async run(): Promise<LifeLedger> {
    await Promise.all(Array.from({ length: SENDERS }, () => this.keepSending()));
    return this.ledger;
  }

  end(): void {
    this.over = true;
  }

  private async keepSending(): Promise<void> {
    while (!this.over) {
      const records = this.nextRecords();
      for (const record of records) this.ledger.sent.set(record.transaction_id, record);
      await sendRecords(this.url, records, this.ledger);
    }
  }

  private nextRecords(): SentRecord[] {
    const { random } = this;
    if (random.next() < 0.5) return [this.newRecord()];
    const large = random.next() < LARGE_SHARE;
    const length = large ? LARGE_BATCH : 2 + random.below(BATCH_MAX - 2);
    const records = Array.from({ length }, () => this.newRecord());
    const known = [...this.ledger.acknowledged];
    if (known.length > 0 && random.next() < REPEATED_SHARE) {
      records.push(this.ledger.sent.get(known[random.below(known.length)]!)!);
    }
    return records;
  }

  private newRecord(): SentRecord {
    const { random, customers } = this;
    return {
      transaction_id: random.uuid(),
      code: CRASH_CODE,
      customer_id: customers[random.below(customers.length)]!,
      timestamp: new Date(Date.now() - random.below(600_000)).toISOString(),
      properties: { units: random.below(UNITS_MAX) },
    };
  }
}

/** Sends the records in one request and notes the answer; none, or one that leaves it open, is no acknowledgement. */
export async function sendRecords(
  url: string,
  records: readonly SentRecord[],
  ledger: LifeLedger,
): Promise<void> {
  const single = records.length === 1;
  let status: number;
  let text: string;
  try {
    const answer = await fetch(`${url}/v1/events${single ? '' : '/batch'}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(single ? records[0] : { events: records }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    status = answer.status;
    text = await answer.text();
  } catch {
    // Nobody knows whether the records were stored.
    ledger.unanswered += 1;
    return;
  }
  if (status === 202) {
    const { position } = JSON.parse(text) as { position: number };
    ledger.position = Math.max(ledger.position, position);
    for (const { transaction_id: id } of records) ledger.acknowledged.add(id);
  } else if (status >= 500 || status === 429) ledger.turnedAway += 1;
  else ledger.refusals.push(`${status} ${text}`);
}
