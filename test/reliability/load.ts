import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../bench/seeded-random.js';
import {
  CRASH_CODE,
  emptyLedger,
  sendRecords,
  type LifeLedger,
  type SentRecord,
} from '../e2e/crash-load.js';

export const CUSTOMERS = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5'];

const SENDERS = 6;
const BATCH_MAX = 50;
const UNITS_MAX = 1_000_000;
const PAUSE_MS_MAX = 60;
/** Share of the batches that a client gives up after the first failure; what becomes of them nobody promised. */
const GIVEN_UP_SHARE = 0.1;

/** Clients that send until they are answered, each time at another door, as they are told to. */
export class Load {
  readonly ledger: LifeLedger = emptyLedger();
  private over = false;

  constructor(
    private readonly doors: () => readonly string[],
    private readonly random: Random,
  ) {}

  /** Resolves after `end`, when every client has its answers. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: SENDERS }, () => this.keepSending()));
  }

  /** No new records from now on. */
  end(): void {
    this.over = true;
  }

  private async keepSending(): Promise<void> {
    while (!this.over) {
      await this.deliver(this.newRecords());
      await sleep(this.random.below(PAUSE_MS_MAX));
    }
  }

  private async deliver(records: readonly SentRecord[]): Promise<void> {
    const { ledger, random } = this;
    for (const record of records) ledger.sent.set(record.transaction_id, record);
    const givesUp = random.next() < GIVEN_UP_SHARE;
    while (!ledger.acknowledged.has(records[0]!.transaction_id)) {
      const doors = this.doors();
      const refused = ledger.refusals.length;
      if (doors.length > 0) {
        await sendRecords(doors[random.below(doors.length)]!, records, ledger);
        if (givesUp || ledger.refusals.length > refused) return;
      }
      await sleep(random.below(PAUSE_MS_MAX));
    }
  }

  private newRecords(): SentRecord[] {
    const { random } = this;
    const size = random.next() < 0.3 ? 1 : 2 + random.below(BATCH_MAX - 2);
    return Array.from({ length: size }, () => ({
      transaction_id: random.uuid(),
      code: CRASH_CODE,
      customer_id: CUSTOMERS[random.below(CUSTOMERS.length)]!,
      timestamp: new Date(Date.now() - random.below(600_000)).toISOString(),
      properties: { units: random.below(UNITS_MAX) },
    }));
  }
}
