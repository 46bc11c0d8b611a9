import { decimal, type JsonObject } from '@odometer/domain';
import type { Body, ScenarioTenant } from '../scenario-tenant.js';
import { meterOf, plansOf } from './catalog-of.js';
import { compare, type Readers } from './compare.js';
import { billReaders, type Bill } from './bill-readers.js';
import { feeReaders, type Fee } from './fee-readers.js';
import type { LagoEvent, LagoScenario, LagoStep } from './lago-scenario.js';
import { usageReaders } from './usage-readers.js';

const SUBSCRIPTION = '/v1/subscriptions/sub';

/** Walks the steps of one scenario in a tenant of its own, on a test clock, and compares what each of them expects. */
export class LagoRun {
  private now = '';
  private sent: LagoEvent[] = [];
  private known = new Set<string>();

  constructor(
    private readonly tenant: ScenarioTenant,
    private readonly scenario: LagoScenario,
  ) {}

  async run(): Promise<void> {
    await this.prepare();
    for (const [index, step] of this.scenario.steps.entries()) {
      const action = this.actions[step.do];
      if (!action) throw new Error(`a scenario wants ${step.do}, which is not known`);
      if (step.expect && step.do !== 'current_usage')
        this.known = new Set((await this.bills()).map(({ id }) => id));
      await this.moveTo(step.at);
      const readers = await action(step);
      const where = `step ${index + 1}, ${step.do}`;
      compare(where, step.expect ?? {}, readers, this.scenario.left_out ?? {});
    }
  }

  private async prepare(): Promise<void> {
    const { given, steps } = this.scenario;
    this.now = instantOf(steps[0]?.at ?? '');
    if (given.rounding !== undefined) {
      await this.tenant.send('PATCH /v1/settings', { rounding: given.rounding });
    }
    for (const metric of given.metrics) await this.tenant.send('POST /v1/meters', meterOf(metric));
    for (const plan of plansOf(given)) await this.tenant.send('POST /v1/plans', plan);
    await this.tenant.send('POST /v1/test_clocks', { code: 'clock', now: this.now });
    const customer = { external_id: 'customer', test_clock: 'clock', ...given.customer };
    await this.tenant.send('POST /v1/customers', customer);
  }

  /** Runs what falls due until then, where it is later than now. A clock does not go back. */
  private async moveTo(at: string | undefined): Promise<void> {
    const to = at === undefined ? this.now : instantOf(at);
    if (to <= this.now) return;
    this.now = to;
    await this.settle();
  }

  /** Runs what is due by now. */
  private async settle(): Promise<void> {
    await this.tenant.send('POST /v1/test_clocks/clock/advance', { to: this.now });
  }

  /** What a step does, and what can be read after it. */
  private readonly actions: Readonly<Record<string, (step: LagoStep) => Promise<Readers>>> = {
    create_subscription: (step) => this.subscribe(step),
    event: (step) => this.use([step], step),
    events: (step) =>
      this.use(step.each ?? Array.from({ length: step.count ?? 0 }, () => ({})), step),
    current_usage: async ({ query }) =>
      usageReaders(await this.tenant.read(`${SUBSCRIPTION}/current_usage`), query),
    run_billing: () => this.billed(),
    run_termination_clock: () => this.billed(),
    run_billing_many: ({ at_list: instants = [] }) => this.runMany(instants),
    terminate: async () => {
      await this.tenant.send(`DELETE ${SUBSCRIPTION}`);
      return this.billed();
    },
    // A subscription keeps its plan: the one on the other plan is another life of it.
    change_plan: async (step) => {
      await this.tenant.send(`DELETE ${SUBSCRIPTION}`);
      await this.settle();
      return this.subscribe(step);
    },
    estimate_fees: (step) => this.estimate(step),
    mark_fees_paid: ({ count = Infinity }) => this.pay(count),
    preview: () => this.preview(),
  };

  private async subscribe(step: LagoStep): Promise<Readers> {
    await this.tenant.send('POST /v1/subscriptions', {
      external_id: 'sub',
      customer_id: 'customer',
      plan_code: step.to ?? 'plan',
      billing_time: step.billing_time ?? 'calendar',
      ...(step.subscription_at === undefined ? {} : { started_at: step.subscription_at }),
      ...(step.ending_at === undefined ? {} : { ending_at: step.ending_at }),
    });
    return this.billed();
  }

  private async use(events: readonly LagoEvent[], { expect }: LagoStep): Promise<Readers> {
    const before = this.sent.length;
    for (const { code, properties, timestamp, precise_total_amount_cents: price } of events) {
      const event = {
        code: code ?? this.scenario.given.metrics[0]?.code ?? '',
        timestamp: timestamp ?? this.now,
        properties: properties ?? {},
        ...(price === undefined ? {} : { precise_total_amount_cents: price }),
      };
      this.sent.push(event);
      const transaction_id = `event-${this.sent.length}`;
      const subject = { customer_id: 'customer', subscription_id: 'sub' };
      await this.tenant.send('POST /v1/events', { transaction_id, ...subject, ...event });
    }
    if (expect === undefined) return {};
    await this.settle();
    return feeReaders(await this.fees(), await this.bills(), before + 1);
  }

  private async fees(): Promise<Fee[]> {
    return this.tenant.list<Fee>('/v1/fees', { subscription_id: 'sub' });
  }

  /** Newest first. */
  private async bills(): Promise<Bill[]> {
    return this.tenant.list<Bill>('/v1/invoices', { customer_id: 'customer' });
  }

  private async billed(): Promise<Readers> {
    await this.settle();
    const timezone = this.scenario.given.customer?.timezone ?? 'UTC';
    return billReaders(await this.bills(), this.known, timezone);
  }

  private async runMany(instants: readonly string[]): Promise<Readers> {
    for (const at of instants) await this.moveTo(at);
    return this.billed();
  }

  /** One more record of the running period: the price with it, less the price without it. Nothing is stored. */
  private async estimate({ properties }: LagoStep): Promise<Readers> {
    const { aggregation_type: aggregation = '', field_name: field = '' } =
      this.scenario.given.metrics[0] ?? {};
    const unitsOf = (event: LagoEvent): string =>
      aggregation === 'count_agg' ? '1' : String(event.properties?.[field] ?? 0);
    const price = async (events: readonly LagoEvent[]): Promise<number> => {
      const listed = events.map((event) => ({ units: unitsOf(event) }));
      const usage: JsonObject = {
        [this.scenario.given.metrics[0]?.code ?? '']: { events: listed },
      };
      const estimate = { plan_code: 'plan', usage };
      const { charges } = await this.tenant.send('POST /v1/pricing/estimate', estimate);
      return (charges as { amount: number }[]).reduce((sum, { amount }) => sum + amount, 0);
    };
    const event = { properties: properties ?? {} };
    const amount = (await price([...this.sent, event])) - (await price(this.sent));
    return {
      amount_cents: () => amount,
      units: () => decimal(unitsOf(event)).toFixed(),
      events_count: () => 1,
    };
  }

  /** Says that the oldest fees that nobody has paid yet are paid. */
  private async pay(count: number): Promise<Readers> {
    const pending = { subscription_id: 'sub', payment_status: 'pending' };
    const fees = (await this.tenant.list<Fee>('/v1/fees', pending)).reverse();
    for (const { id } of fees.slice(0, count)) {
      await this.tenant.send(`PATCH /v1/fees/${id}`, { payment_status: 'succeeded' });
    }
    return {};
  }

  private async preview(): Promise<Readers> {
    const body: Body = await this.tenant.send('POST /v1/invoices/preview', {
      subscription_id: 'sub',
    });
    return { fees_amount_cents: () => body['subtotal'], total_amount_cents: () => body['total'] };
  }
}

/** A bare date is its first instant in UTC. */
function instantOf(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) throw new Error(`not an instant: ${text}`);
  return instant.toISOString();
}
