import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

const MARCH = '2026-03-01T00:00:00Z';
const APRIL = '2026-04-01T00:00:00Z';
const MAY = '2026-05-01T00:00:00Z';

describe('a meter that counts otherwise from a moment on', () => {
  let server: TestServer;
  let code = '';
  let count = 0;
  let sent = '';

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  /** A sum of `a`, with a record on the first days of March and April. */
  beforeEach(async () => {
    count += 1;
    code = `meter_${count}`;
    const aggregation = { type: 'sum', field: 'a' };
    await server.call('POST /v1/meters', { body: { code, aggregation } });
    const properties = { a: 1, b: 20, region: 'eu' };
    await send([
      ['m1', '2026-03-10T12:00:00Z', properties],
      ['m2', '2026-03-20T12:00:00Z', { ...properties, region: 'us' }],
      ['a1', '2026-04-10T12:00:00Z', properties],
      ['a2', '2026-04-20T12:00:00Z', { ...properties, a: 5, region: 'us' }],
    ]);
  });

  const send = async (events: readonly [string, string, object][]): Promise<void> => {
    const body = events.map(([transaction_id, timestamp, properties]) => ({
      transaction_id,
      code,
      customer_id: code,
      timestamp,
      properties,
    }));
    const { body: answer } = await server.call('POST /v1/events/batch', { body: { events: body } });
    sent = String(answer['position']);
  };

  const revise = async (change: object, method = 'PATCH'): Promise<Answer> => {
    const answer = await server.call(`${method} /v1/meters/${code}`, { body: change });
    sent = answer.headers.get('odometer-position') ?? sent;
    return answer;
  };

  const usage = async (from: string, to: string, more = ''): Promise<Answer['body']> => {
    const query = `meter_code=${code}&customer_id=${code}&from=${from}&to=${to}${more}`;
    const answer = await server.call(`GET /v1/usage?${query}`, {
      headers: { 'odometer-min-position': sent },
    });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const total = async (from: string, to: string, more = ''): Promise<unknown> =>
    (await usage(from, to, more))['total'];
  const inMonths = async (): Promise<unknown[]> => [
    await total(MARCH, APRIL),
    await total(APRIL, MAY),
    await total(MARCH, MAY),
  ];

  it('counts what is before as it did, and both where a window holds both', async () => {
    expect(await inMonths()).toEqual(['2', '6', '8']);
    const answer = await revise({ aggregation: { type: 'sum', field: 'b' }, valid_from: APRIL });
    expect([answer.status, answer.body['version'], answer.body['valid_from']]).toEqual([
      200,
      2,
      '2026-04-01T00:00:00.000Z',
    ]);
    expect(await inMonths()).toEqual(['2', '40', '42']);
    expect(await total('2026-03-15T00:00:00Z', '2026-04-15T00:00:00Z')).toBe('21');
  });

  it('finds the place of late records, and of what it cannot count', async () => {
    await revise({ aggregation: { type: 'sum', field: 'b' }, valid_from: APRIL });
    await send([
      ['m3', '2026-03-31T23:59:59.999Z', { a: 100, b: 1 }],
      ['a3', '2026-04-01T00:00:00Z', { a: 1, b: 100 }],
      ['m4', '2026-03-31T12:00:00Z', { a: 1 }],
      ['a4', '2026-04-01T12:00:00Z', { a: 1 }],
    ]);
    expect(await inMonths()).toEqual(['103', '140', '243']);
    const { body } = await server.call('GET /v1/unbilled_events', {
      headers: { 'odometer-min-position': sent },
    });
    const own = (body['data'] as Record<string, unknown>[]).filter(
      ({ meter_code: meter }) => meter === code,
    );
    expect(own).toMatchObject([{ count: 1, transaction_ids: ['a4'] }]);
  });

  it('adds ones to values, and filters what is after only', async () => {
    const aggregation = { type: 'count' };
    await revise({ aggregation, filters: { region: ['eu'] }, valid_from: APRIL });
    expect(await inMonths()).toEqual(['2', '1', '3']);
  });

  it('counts a window by one version where values do not add up: the one where it ends', async () => {
    await revise({ aggregation: { type: 'max', field: 'a' }, valid_from: APRIL });
    expect(await inMonths()).toEqual(['2', '5', '5']);
    const { data } = (await usage(MARCH, MAY, '&window=month')) as { data: { value: string }[] };
    expect(data.map(({ value }) => value)).toEqual(['2', '5']);
    expect(await total('2026-03-15T06:00:00.001Z', '2026-03-31T00:00:00Z')).toBe('1');
  });

  it('is grouped by a new key for all of the past', async () => {
    await revise({ group_by: ['region'] });
    const { data } = (await usage(MARCH, APRIL, '&group_by=region')) as {
      data: { group: object; value: string }[];
    };
    expect(data.map(({ group, value }) => [group, value])).toEqual([
      [{ region: 'eu' }, '1'],
      [{ region: 'us' }, '1'],
    ]);
  });

  it('shows its versions, and which of them count what', async () => {
    await revise({ filters: { region: ['eu'] }, valid_from: MAY });
    await revise({ filters: { region: ['us'] }, valid_from: APRIL });
    const { body } = await server.call(`GET /v1/meters/${code}/versions`, {
      headers: { 'odometer-min-position': sent },
    });
    const versions = body['data'] as Record<string, unknown>[];
    expect(
      versions.map((one) => [
        one['version'],
        one['valid_from'],
        one['valid_until'],
        one['in_force'],
      ]),
    ).toEqual([
      [3, '2026-04-01T00:00:00.000Z', null, true],
      [2, '2026-05-01T00:00:00.000Z', null, false],
      [1, null, '2026-04-01T00:00:00.000Z', true],
    ]);
    const page = await server.call(`GET /v1/meters/${code}/versions?limit=2`);
    expect(page.body['next_cursor']).toBe('2');
    const next = await server.call(`GET /v1/meters/${code}/versions?limit=2&cursor=2`);
    expect((next.body['data'] as object[]).length).toBe(1);
    expect(next.body['next_cursor']).toBeNull();
    expect((await server.call('GET /v1/meters/none/versions')).status).toBe(404);
  });

  it('keeps what a request leaves out, and loses its versions when all is to be counted anew', async () => {
    await revise({ filters: { region: ['eu'] }, valid_from: APRIL });
    const named = await revise({ name: 'Tokens' });
    expect(named.body).toMatchObject({ version: 2, name: 'Tokens', filters: { region: ['eu'] } });
    expect(await inMonths()).toEqual(['2', '1', '3']);
    await revise({ aggregation: { type: 'sum', field: 'a' } }, 'PUT');
    expect(await inMonths()).toEqual(['2', '6', '8']);
  });

  it('looks at the same event code', async () => {
    const refused = await revise({ event_code: 'other', valid_from: APRIL });
    expect([refused.status, refused.body['errors']]).toMatchObject([
      422,
      [{ pointer: '/event_code', code: 'not_allowed' }],
    ]);
    const unreadable = await revise({ valid_from: 'yesterday' });
    expect([unreadable.status, unreadable.body['errors']]).toMatchObject([
      422,
      [{ pointer: '/valid_from' }],
    ]);
    expect((await server.call('PATCH /v1/meters/none', { body: {} })).status).toBe(404);
  });
});
