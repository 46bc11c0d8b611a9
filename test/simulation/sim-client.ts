import type { UsageRecord } from '@odometer/domain';
import type { NewEvent } from '@odometer/event-store';
import type { Random } from '../bench/seeded-random.js';
import { businessTime, drawCorrection, drawRecord, TENANT } from './facts.js';
import type { Host } from './host.js';
import type { SimNode } from './sim-node.js';
import { settle, type Actor, type Scheduler } from './scheduler.js';
import { runAs } from './virtual-timers.js';

/** An application waits this long for an answer before it asks again, elsewhere. */
const ANSWER_MS = 1_200;
/** Requests after which an application corrects something. */
const CORRECTED_SHARE = 0.2;

/** What applications know: what they sent, and what they were told is stored. */
export interface Ledger {
  readonly sent: UsageRecord[];
  readonly acknowledged: UsageRecord[];
  /** Corrections that were acknowledged. */
  readonly corrected: NewEvent[];
}

export interface ClientOptions {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly hosts: readonly Host[];
  readonly ledger: Ledger;
  readonly records: number;
  /** Virtual time over which the records are spread. */
  readonly overMs: number;
  readonly count: (kind: string) => void;
}

/** An application that sends usage until it is acknowledged, sometimes twice, sometimes changed under the same id. */
export class SimClient {
  private readonly actor: Actor;
  private readonly history: UsageRecord[] = [];
  done = false;

  constructor(
    private readonly number: number,
    private readonly options: ClientOptions,
  ) {
    this.actor = { name: `app ${number}`, alive: true, pausedUntil: 0 };
  }

  start(): void {
    const { scheduler } = this.options;
    runAs(this.actor, scheduler, () => void this.work());
  }

  private async work(): Promise<void> {
    const { scheduler, random, records, overMs } = this.options;
    for (let id = 0; id < records;) {
      await sleep(random.next() * 2 * (overMs / records));
      const batch: UsageRecord[] = [];
      for (let size = 1 + random.below(4); size > 0 && id < records; size -= 1, id += 1) {
        const now = businessTime(scheduler.now);
        batch.push(drawRecord(random, this.number * 1_000 + id, now));
      }
      this.history.push(...batch);
      await this.send([...batch, ...this.repeated()]);
      if (random.next() < CORRECTED_SHARE) await this.correct();
    }
    this.done = true;
  }

  /** Takes back what it sent, or corrects it, as often as it likes. */
  private async correct(): Promise<void> {
    const { random, ledger, scheduler, count } = this.options;
    const record = this.history[random.below(this.history.length)]!;
    const correction = drawCorrection(random, record, businessTime(scheduler.now));
    count(correction.type === 'UsageVoided' ? 'records voided' : 'records amended');
    await this.untilDone((node) => node.correct(correction));
    ledger.corrected.push(correction);
  }

  /** Records of before once more: a retry that nobody needed, or the same id with other content. */
  private repeated(): UsageRecord[] {
    const { random, count } = this.options;
    const old = this.history[random.below(this.history.length)];
    if (old === undefined || random.next() > 0.3) return [];
    if (random.next() < 0.7) {
      count('records sent again');
      return [old];
    }
    count('conflicting records');
    return [{ ...old, properties: { tokens: 1_000 + random.below(9) } }];
  }

  private async send(batch: readonly UsageRecord[]): Promise<void> {
    const { ledger } = this.options;
    ledger.sent.push(...batch);
    const bytes = batch.map(() => 100);
    await this.untilDone((node) =>
      node.intake.acceptBatch({ tenant: TENANT, actor: 'key' }, { records: batch, bytes }),
    );
    ledger.acknowledged.push(...batch);
  }

  /** Asks one machine after the other, until one says that it is done. */
  private async untilDone(work: (node: SimNode) => Promise<unknown>): Promise<void> {
    const { random, hosts, count } = this.options;
    for (;;) {
      const host = hosts[random.below(hosts.length)]!;
      if (await this.ask(host, work)) return;
      count('requests sent again');
      await sleep(random.next() * 200);
    }
  }

  /** True when the answer says that all is stored. No answer and a bad one are the same to an application. */
  private async ask(host: Host, work: (node: SimNode) => Promise<unknown>): Promise<boolean> {
    const { scheduler } = this.options;
    const answered = scheduler.call<boolean>(this.actor, `${host.name} to store`, (answer) => {
      host.serve(async (node) => {
        const done = await settle(() => work(node));
        answer({ value: 'value' in done });
      });
      return Promise.resolve();
    });
    return Promise.race([answered, sleep(ANSWER_MS).then(() => false)]);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
