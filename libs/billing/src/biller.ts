import {
  fromIso,
  RuleBroken,
  type DueItem,
  type Instant,
  type InvoiceContent,
} from '@odometer/domain';
import type { BillDueRequest, BillDueResult, BillingFault } from './bill-due.js';
import { AdvanceRun, keyOfLife } from './advance-run.js';
import type { BillerPorts } from './biller-ports.js';
import { ReadModelsBehind } from './billing-errors.js';
import {
  draftInvoice,
  finalizePrepared,
  recomputeDraft,
  type Prepared,
} from './draft-and-finalize.js';
import { gatherFees } from './gather-fees.js';
import { invoiceInLog } from './invoice-in-log.js';
import { chooseRound, keyOf, lifeOf, ROUND_ITEMS_MAX } from './round.js';

/** Invoices computed at the same time. Numbers are given one by one, in the order of what is due. */
export const COMPUTED_AT_ONCE_MAX = 4;

export interface Biller {
  /**
   * Bills all that is due, in the order in which it fell due, until nothing is. May run twice, on two machines at once, and again
   * after a crash anywhere: each thing is billed once. A subscription that cannot be billed stops for this call and is reported
   * in `faults`; the others go on.
   * @throws ReadModelsBehind when the read models do not reach the log in time.
   */
  billDue(request: BillDueRequest): Promise<BillDueResult>;
  /**
   * Makes a draft final before its grace period is over; quiet when it is final. Answers the position to wait for.
   * @throws RuleBroken `invoice_not_found`, `invoice_not_draft`; ReadModelsBehind; NotBillable.
   */
  finalizeInvoice(request: {
    readonly tenant: string;
    readonly invoiceId: string;
    readonly now: Instant;
  }): Promise<{ readonly position: number }>;
  /**
   * What a draft says as usage is known now: drafts follow late and corrected usage until they become final. Null when it is no
   * draft any more. Nothing is written.
   */
  currentContent(tenant: string, invoiceId: string): Promise<InvoiceContent | null>;
}

/** A process manager without state of its own: what is due is in the read models, what is done is in the log. */
export function createBiller(ports: BillerPorts): Biller {
  const advance = new AdvanceRun(ports);
  return {
    billDue: (request) => new BillingRun(ports, request, advance).run(),
    async currentContent(tenant, invoiceId) {
      const prepared = await recomputeDraft(ports, tenant, invoiceId);
      return prepared?.computed.content ?? null;
    },
    async finalizeInvoice({ tenant, invoiceId, now }) {
      const head = await caughtUp(ports);
      const prepared = await recomputeDraft(ports, tenant, invoiceId);
      if (prepared === null) return finalAlready(ports, tenant, invoiceId);
      const { position } = await finalizePrepared(ports, prepared, now, head);
      return { position };
    },
  };
}

/** One call of `billDue`. */
class BillingRun {
  private drafted = 0;
  private finalized = 0;
  private position = 0;
  private readonly faults: BillingFault[] = [];
  private readonly faulty = new Set<string>();
  private readonly done = new Set<string>();

  constructor(
    private readonly ports: BillerPorts,
    private readonly request: BillDueRequest,
    private readonly advance: AdvanceRun,
  ) {}

  async run(): Promise<BillDueResult> {
    for (;;) {
      const head = await caughtUp(this.ports);
      const round = await this.nextRound();
      if (round.length === 0) break;
      await this.bill(round, head);
    }
    // After the periods that are over, so that records are billed in the one that runs.
    await this.billInAdvance();
    const { drafted, finalized, position, faults } = this;
    return { drafted, finalized, position, faults };
  }

  private async billInAdvance(): Promise<void> {
    const { billed, faults } = await this.advance.run(this.request);
    this.faults.push(...faults);
    for (const { drafted, finalized, position } of billed) {
      if (drafted) this.drafted += 1;
      if (finalized) this.finalized += 1;
      this.reached(position);
    }
  }

  private async nextRound(): Promise<DueItem[]> {
    for (let limit = ROUND_ITEMS_MAX; ; limit *= 2) {
      const due = await this.ports.schedule.due({ ...this.request, limit });
      const round = chooseRound(due.filter((item) => !this.faulty.has(lifeOf(item))));
      // What is faulty stays due and comes back first: look beyond it before saying that nothing is due.
      if (round.length > 0 || due.length < limit) return round;
    }
  }

  private async bill(round: readonly DueItem[], head: number): Promise<void> {
    for (let first = 0; first < round.length; first += COMPUTED_AT_ONCE_MAX) {
      const items = round.slice(first, first + COMPUTED_AT_ONCE_MAX);
      const prepared = await Promise.all(
        items.map((item) => this.attempt(item, () => this.prepare(item))),
      );
      for (const [index, item] of items.entries()) {
        const ready = prepared[index];
        if (ready) await this.attempt(item, () => this.finish(item, ready, head));
      }
    }
  }

  private async prepare(item: DueItem): Promise<Prepared | null> {
    if (this.done.has(keyOf(item))) {
      throw new Error(
        `${item.kind} of subscription ${item.subscriptionId} is due again after it was done`,
      );
    }
    this.done.add(keyOf(item));
    const prepared =
      item.invoiceId === null
        ? await draftInvoice(this.ports, item)
        : await recomputeDraft(this.ports, item.tenant, item.invoiceId);
    if (prepared?.isNew) {
      this.drafted += 1;
      this.reached((await gatherFees(this.ports, item.tenant, prepared.draft)) ?? 0);
      const { subscriptionId, incarnation } = item;
      this.advance.lookAgain(item.tenant, keyOfLife({ externalId: subscriptionId, incarnation }));
    }
    this.reached(prepared?.position ?? 0);
    return prepared;
  }

  /** A draft without a grace period becomes final at once; the others come back when theirs is over. */
  private async finish(item: DueItem, prepared: Prepared, head: number): Promise<void> {
    const finalizeAt = fromIso(prepared.draft.finalizeAt);
    if (finalizeAt > item.dueAt) return;
    const { events, position } = await finalizePrepared(this.ports, prepared, finalizeAt, head);
    if (events.length > 0) this.finalized += 1;
    this.reached(position);
  }

  private async attempt<Result>(
    item: DueItem,
    step: () => Promise<Result>,
  ): Promise<Result | null> {
    try {
      return await step();
    } catch (error) {
      this.faults.push({ item, error });
      this.faulty.add(lifeOf(item));
      return null;
    }
  }

  private reached(position: number): void {
    this.position = Math.max(this.position, position);
  }
}

/** Waits until the read models reflect all that is in the log now. */
async function caughtUp({ store, waitForReadModels }: BillerPorts): Promise<number> {
  const head = await store.head();
  if (!(await waitForReadModels(head))) throw new ReadModelsBehind(head);
  return head;
}

/** Why there is no draft to finalize: it is final, which is fine, or it must be refused. */
async function finalAlready(
  { store }: BillerPorts,
  tenant: string,
  invoiceId: string,
): Promise<{ readonly position: number }> {
  const { state, position } = await invoiceInLog(store, tenant, invoiceId);
  if (state.status === 'unknown') {
    throw new RuleBroken('invoice_not_found', `There is no invoice ${invoiceId}.`, 'not_found');
  }
  if (state.status === 'voided') {
    throw new RuleBroken('invoice_not_draft', `Invoice ${invoiceId} is voided.`, 'conflict');
  }
  return { position };
}
