import { correctionDecider, type UsageRecord } from '@odometer/domain';
import type { RecordExport } from './record-export.js';
import type { UsageRecordRow } from './usage-records.js';
import type { UsageRecordsRequest } from './usage-records-request.js';
import { recordOf, usageFixture, type UsageFixture } from './usage.fixture.js';

const START = Date.parse('2026-05-05T00:00:00Z');
const EU = { filter: { region: ['eu'] } };

/** Half of them of acme, in three regions, not in the order of time. */
const recordAt = (n: number): UsageRecord =>
  recordOf({
    transactionId: `t${n}`,
    customerId: n % 2 === 0 ? 'acme' : `other-${n % 5}`,
    code: n % 10 === 9 ? 'batch' : 'request',
    timestamp: START + ((n * 37) % 500) * 60_000,
    properties: { region: ['eu', 'us', 'asia'][n % 3]!, seat: n % 4, nested: { region: 'eu' } },
  });

describe('records by what they say', () => {
  let usage: UsageFixture;
  beforeEach(async () => {
    usage = await usageFixture();
  });
  afterEach(() => usage.close());

  const record = async (from: number, to: number): Promise<void> => {
    const records = Array.from({ length: to - from }, (_, n) => recordAt(from + n));
    for (let at = 0; at < records.length; at += 60) await usage.record(records.slice(at, at + 60));
    await usage.project();
  };
  const request = (more: Partial<UsageRecordsRequest>): UsageRecordsRequest => ({
    tenant: 'default',
    ...more,
  });

  const listed = async (more: Partial<UsageRecordsRequest>, limit: number) => {
    const rows: UsageRecordRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await usage.queries.findRecords({ ...request(more), limit, cursor });
      expect(page.data.length).toBeLessThanOrEqual(limit);
      rows.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return rows;
  };
  const rowsOf = async ({ pages }: RecordExport): Promise<UsageRecordRow[]> => {
    const rows: UsageRecordRow[] = [];
    for await (const page of pages) rows.push(...page);
    return rows;
  };
  const exported = async (more: Partial<UsageRecordsRequest>): Promise<UsageRecordRow[]> =>
    rowsOf(await usage.queries.exportRecords(request(more)));

  const REQUESTS: [string, Partial<UsageRecordsRequest>][] = [
    ['all', {}],
    ['of a customer', { customerId: 'acme' }],
    ['of a customer by a property', { customerId: 'acme', ...EU }],
    ['by a property', EU],
    ['by two properties', { filter: { region: ['eu', 'us'], seat: ['1'] } }],
    ['by time', { from: START + 3_600_000, to: START + 7_200_000 }],
    ['of a customer by time', { customerId: 'acme', from: START + 3_600_000 }],
    ['by code', { customerId: 'other-1', code: 'batch' }],
    ['by what none has', { filter: { region: ['mars'] } }],
    ['by a property that is no scalar', { filter: { nested: ['eu'] } }],
  ];

  it('come page by page, each once, and all at once the same', async () => {
    await record(0, 400);
    for (const [what, more] of REQUESTS) {
      const wanted = Array.from({ length: 400 }, (_, n) => recordAt(n))
        .filter((one) => isWanted(one, more))
        .map(({ transactionId }) => transactionId);
      for (const limit of [7, 100]) {
        const rows = await listed(more, limit);
        const ids = rows.map(({ transaction_id }) => transaction_id);
        expect([what, [...ids].sort()]).toEqual([what, [...wanted].sort()]);
        expect(await exported(more)).toEqual(rows);
      }
    }
  });

  it('are told how many they are before the first comes', async () => {
    await record(0, 400);
    const count = async (more: Partial<UsageRecordsRequest>): Promise<number> =>
      (await usage.queries.exportRecords(request(more))).records;
    expect(await count({})).toBe(400);
    expect(await count({ customerId: 'acme' })).toBe(200);
    expect(await count({ customerId: 'acme', from: START, to: START + 250 * 60_000 })).toBe(101);
    expect(await count({ customerId: 'acme', ...EU })).toBe(200);
    expect(await count({ customerId: 'nobody' })).toBe(0);
    expect(await count({ tenant: 'nobody' })).toBe(0);
  });

  it('that come in while others are taken out are left out', async () => {
    await record(0, 200);
    const all = await usage.queries.exportRecords(request({}));
    const acme = await usage.queries.exportRecords(request({ customerId: 'acme' }));
    await record(200, 400);
    expect(await rowsOf(all)).toHaveLength(200);
    expect(await rowsOf(acme)).toHaveLength(100);
    expect(await exported({})).toHaveLength(400);
  });

  it('hold no connection between two pages', async () => {
    await record(0, 10);
    const { pages } = await usage.queries.exportRecords(request({}));
    await pages.next();
    // The page does not wait for the end of its transaction, which comes at once.
    let waiting = 1;
    for (let tries = 0; waiting > 0 && tries < 100; tries += 1) {
      const { rows } = await usage.database.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
      );
      waiting = rows.length;
    }
    expect(waiting).toBe(0);
  });

  it('are found by status', async () => {
    await record(0, 6);
    await usage.record([recordAt(0), { ...recordAt(2), properties: { region: 'mars' } }]);
    const [voided] = correctionDecider.decide(
      { type: 'VoidUsage', reason: 'r' },
      { status: 'standing', record: recordAt(4) },
    );
    const [amended] = correctionDecider.decide(
      { type: 'AmendUsage', reason: 'r', changes: { properties: { region: 'uk' } } },
      { status: 'standing', record: recordAt(5) },
    );
    await usage.correct(voided!);
    await usage.correct(amended!);
    await usage.project();
    const by = async (...statuses: NonNullable<UsageRecordsRequest['statuses']>) =>
      (await listed({ statuses }, 3)).map(({ transaction_id }) => transaction_id).sort();
    expect(await by('accepted')).toEqual(['t0', 't1', 't2', 't3']);
    expect(await by('duplicate')).toEqual(['t0']);
    expect(await by('conflict')).toEqual(['t2']);
    expect(await by('voided', 'amended')).toEqual(['t4', 't5']);
    const all = await usage.queries.exportRecords(request({}));
    expect([all.records, (await rowsOf(all)).length]).toEqual([8, 8]);
  });
});

function isWanted(record: UsageRecord, asked: Partial<UsageRecordsRequest>): boolean {
  const { customerId, code, from = 0, to = Number.POSITIVE_INFINITY, filter = {} } = asked;
  return (
    (customerId === undefined || record.customerId === customerId) &&
    (code === undefined || record.code === code) &&
    record.timestamp >= from &&
    record.timestamp < to &&
    Object.entries(filter).every(([key, values]) => {
      const value = record.properties?.[key];
      return typeof value !== 'object' && values.includes(String(value));
    })
  );
}
