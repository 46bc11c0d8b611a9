import { CRASH_CODE, type LifeLedger, type SentRecord } from './crash-load.js';
import { API_KEY } from './mortal-server.js';

export const COUNT_METER = 'crash_count';
export const SUM_METER = 'crash_sum';

const PAGE = 1_000;
const DAY_MS = 86_400_000;

/** What the API shows of the usage of some customers. */
export interface ShownUsage {
  /** Counted records by transaction id, and how often each is listed. */
  readonly listed: Map<string, { readonly record: SentRecord; readonly times: number }>;
  readonly count: number;
  readonly sum: number;
  /** The same for each customer. */
  readonly totals: ReadonlyMap<string, { readonly count: number; readonly sum: number }>;
}

export class CrashAudit {
  private readonly from = new Date(Date.now() - DAY_MS).toISOString();
  private readonly to = new Date(Date.now() + DAY_MS).toISOString();

  constructor(private readonly url: () => string) {}

  async setUp(): Promise<void> {
    const count = { code: COUNT_METER, event_code: CRASH_CODE, aggregation: { type: 'count' } };
    const aggregation = { type: 'sum', field: 'units' };
    await this.post('/v1/meters', count);
    await this.post('/v1/meters', { code: SUM_METER, event_code: CRASH_CODE, aggregation });
  }

  /** Everything that the log has now. */
  async shown(customers: readonly string[], atLeast: number): Promise<ShownUsage> {
    const { position } = await this.get<{ position: number }>('/health', 0);
    const minPosition = Math.max(position, atLeast);
    const listed: ShownUsage['listed'] = new Map();
    const totals = new Map<string, { count: number; sum: number }>();
    for (const customer of customers) {
      totals.set(customer, {
        count: await this.total(COUNT_METER, minPosition, customer),
        sum: await this.total(SUM_METER, minPosition, customer),
      });
      await this.list(customer, minPosition, listed);
    }
    const each = [...totals.values()];
    return {
      listed,
      totals,
      count: each.reduce((all, one) => all + one.count, 0),
      sum: each.reduce((all, one) => all + one.sum, 0),
    };
  }

  /** Over all customers. */
  async total(meter: string, minPosition: number, customer?: string): Promise<number> {
    const query = new URLSearchParams({ meter_code: meter, from: this.from, to: this.to });
    if (customer !== undefined) query.set('customer_id', customer);
    const path = `/v1/usage?${query.toString()}`;
    return Number((await this.get<{ total: string }>(path, minPosition)).total);
  }

  private async list(
    customer: string,
    minPosition: number,
    listed: ShownUsage['listed'],
  ): Promise<void> {
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ customer_id: customer, limit: String(PAGE) });
      if (cursor !== null) query.set('cursor', cursor);
      const page: EventsPage = await this.get(`/v1/events?${query.toString()}`, minPosition);
      for (const { status, ...record } of page.data) {
        if (status !== 'accepted') continue;
        const times = (listed.get(record.transaction_id)?.times ?? 0) + 1;
        listed.set(record.transaction_id, { record, times });
      }
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  private async post(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.url()}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  }

  private async get<Answer>(path: string, minPosition: number): Promise<Answer> {
    const answer = await fetch(`${this.url()}${path}`, {
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'odometer-min-position': String(minPosition),
      },
    });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }
}

interface EventsPage {
  readonly data: readonly (SentRecord & { readonly status: string })[];
  readonly next_cursor: string | null;
}

/** What contradicts "each acknowledged record counts once, and nothing counts that was not sent". */
export function contradictions(ledger: LifeLedger, shown: ShownUsage): string[] {
  const found = [...ledger.refusals.map((refusal) => `well-formed usage was refused: ${refusal}`)];
  for (const id of ledger.acknowledged) {
    if (!shown.listed.has(id)) found.push(`${id} was acknowledged and is lost`);
  }
  for (const [id, { record, times }] of shown.listed) {
    const sent = ledger.sent.get(id);
    if (times !== 1) found.push(`${id} counts ${times} times`);
    if (sent === undefined) found.push(`${id} was never sent`);
    else if (!same(sent, record)) found.push(`${id} is not what was sent`);
  }
  const units = sumOf([...shown.listed.values()].map(({ record }) => record));
  if (shown.count !== shown.listed.size) {
    found.push(`the count is ${shown.count}, listed are ${shown.listed.size}`);
  }
  if (shown.sum !== units) found.push(`the sum is ${shown.sum}, that of those listed ${units}`);
  return found;
}

export const sumOf = (records: Iterable<SentRecord>): number =>
  [...records].reduce((sum, { properties }) => sum + Number(properties.units), 0);

const same = (sent: SentRecord, shown: SentRecord): boolean =>
  sent.customer_id === shown.customer_id &&
  sent.code === shown.code &&
  Date.parse(sent.timestamp) === Date.parse(shown.timestamp) &&
  sent.properties.units === Number(shown.properties.units);
