import { parse } from 'csv-parse/sync';
import { ADMIN_KEY, startTestServer, type Answer, type TestServer } from '../server.fixture.js';

interface Row {
  readonly transaction_id: string;
  readonly properties: Record<string, unknown>;
}

describe('raw records', () => {
  let server: TestServer;
  let position = 0;

  beforeAll(async () => {
    server = await startTestServer();
    await server.call('POST /v1/meters', {
      body: { code: 'calls', aggregation: { type: 'sum', field: 'n' }, group_by: ['region'] },
    });
    const events = Array.from({ length: 60 }, (_, n) => ({
      transaction_id: `t${n}`,
      code: n % 6 === 0 ? 'other' : 'calls',
      customer_id: n % 2 === 0 ? 'acme' : 'small',
      timestamp: new Date(Date.UTC(2026, 5, 1, n)).toISOString(),
      properties: { region: ['eu', 'us', 'asia'][n % 3], n, note: n === 8 ? '=1+1,"x"' : 'plain' },
    }));
    await server.call('POST /v1/events/batch', { body: { events } });
    const again = { events: [events[1], { ...events[2], properties: { n: 1_000 } }] };
    const sent = await server.call('POST /v1/events/batch', { body: again });
    position = Number(sent.body['position']);
  });
  afterAll(() => server.stop());

  const get = (path: string): Promise<Answer> =>
    server.call(`GET ${path}`, { headers: { 'odometer-min-position': String(position) } });
  const download = async (path: string, accept = '*/*') => {
    const answer = await fetch(server.url + path, {
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        accept,
        'odometer-min-position': String(position),
      },
    });
    return { answer, text: await answer.text() };
  };
  const linesOf = (text: string): Row[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  const idsOf = (rows: readonly Row[]): string[] => rows.map((row) => row.transaction_id);

  it('are found by property, code, customer, time and status at once, page by page', async () => {
    const query =
      'customer_id=acme&code=calls&filter=region:eu,region:us&status=accepted&from=2026-06-01T04:00:00Z&limit=3';
    const seen: string[] = [];
    let cursor = '';
    do {
      const { status, body } = await get(`/v1/events?${query}${cursor}`);
      expect(status).toBe(200);
      expect(body['position']).toBeGreaterThanOrEqual(position);
      seen.push(...idsOf(body['data'] as Row[]));
      const next = body['next_cursor'] as string | null;
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    const wanted = Array.from({ length: 60 }, (_, n) => n)
      .filter((n) => n >= 4 && n % 2 === 0 && n % 6 !== 0 && n % 3 !== 2)
      .reverse();
    expect(seen).toEqual(wanted.map((n) => `t${n}`));
  });

  it('are found by status', async () => {
    const { body } = await get('/v1/events?status=duplicate,conflict');
    expect(idsOf(body['data'] as Row[]).sort()).toEqual(['t1', 't2']);
  });

  it.each([
    ['status=lost', '/status', '"lost" is none of accepted, amended, voided'],
    ['filter=region', '/filter', '"region" is not key:value.'],
  ])('are refused with %s', async (query, pointer, detail) => {
    for (const path of ['/v1/events', '/v1/events/export']) {
      const { status, body } = await get(`${path}?${query}`);
      expect([status, body['errors']]).toMatchObject([422, [{ pointer }]]);
      expect(JSON.stringify(body['errors'])).toContain(JSON.stringify(detail).slice(1, -1));
    }
  });

  it('are exported as the list has them', async () => {
    const { answer, text } = await download('/v1/events/export');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="events.ndjson"',
      'odometer-export-records': '62',
    });
    expect(Number(answer.headers.get('odometer-position'))).toBeGreaterThanOrEqual(position);
    const { body } = await get('/v1/events?limit=100');
    expect(linesOf(text)).toEqual(body['data']);
  });

  it('are exported as CSV that spreadsheets do not compute', async () => {
    const path = '/v1/events/export?customer_id=acme&filter=n:8,n:10';
    const { answer, text } = await download(path, 'text/csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    const [ten, eight] = parse<Record<string, string>>(text, { columns: true });
    expect(eight).toMatchObject({
      transaction_id: 't8',
      code: 'calls',
      customer_id: 'acme',
      subscription_id: '',
      timestamp: '2026-06-01T08:00:00.000Z',
      status: 'accepted',
      properties: '{"region":"asia","n":8,"note":"=1+1,\\"x\\""}',
    });
    expect(ten!['transaction_id']).toBe('t10');
    expect(text.split('\r\n')).toHaveLength(4);
  });

  it('are refused in a form that there is not', async () => {
    const { answer, text } = await download('/v1/events/export', 'application/xml');
    expect([answer.status, (JSON.parse(text) as { code: string }).code]).toEqual([
      406,
      'not_acceptable',
    ]);
    expect((await get('/v1/events/export?format=xml')).status).toBe(422);
  });

  describe('as usage', () => {
    const PERIOD = 'meter_code=calls&from=2026-06-01T00:00:00Z&to=2026-06-04T00:00:00Z';

    it.each([
      ['window=day', '3'],
      ['window=hour&timezone=Asia/Kathmandu', '73'],
      ['window=day&group_by=region&top=1&timezone=Pacific/Chatham', '4'],
      ['group_by=region&filter=region:eu', '1'],
      ['', '1'],
    ])('are exported with %s as the answer has them', async (query, windows) => {
      const { answer, text } = await download(`/v1/usage/export?${PERIOD}&${query}`);
      const { body } = await get(`/v1/usage?${PERIOD}&${query}`);
      expect([answer.status, answer.headers.get('odometer-export-windows')]).toEqual([
        200,
        windows,
      ]);
      expect(linesOf(text)).toEqual(body['data']);
      expect(Number(answer.headers.get('odometer-position'))).toBeGreaterThanOrEqual(position);
    });

    it('are exported in more windows than an answer has', async () => {
      const period = 'meter_code=calls&from=2026-05-01T00:00:00Z&to=2026-06-11T16:00:00Z';
      const query = `${period}&customer_id=acme&window=minute`;
      expect((await get(`/v1/usage?${query}`)).status).toBe(422);
      const { answer, text } = await download(`/v1/usage/export?${query}`);
      const rows = linesOf(text) as unknown as { from: string; to: string; value: string }[];
      expect([answer.headers.get('odometer-export-windows'), rows.length]).toEqual([
        '60000',
        60_000,
      ]);
      expect(rows.slice(1).every((row, i) => row.from === rows[i]!.to)).toBe(true);
      // Every second number to 58, without those that other codes have.
      expect(rows.reduce((sum, { value }) => sum + Number(value), 0)).toBe(870 - 270);
    });

    it('are exported as CSV with a column for each key', async () => {
      const query = `${PERIOD}&group_by=region&format=csv`;
      const { text } = await download(`/v1/usage/export?${query}`);
      expect(text.split('\r\n').slice(0, 2)).toEqual([
        'from,to,group.region,other,value,events_count',
        '2026-06-01T00:00:00.000Z,2026-06-04T00:00:00.000Z,asia,false,610,20',
      ]);
    });

    it('are refused for a meter that there is not', async () => {
      const query = PERIOD.replace('calls', 'nothing');
      expect((await get(`/v1/usage/export?${query}`)).status).toBe(404);
    });
  });

  it('of CloudEvents are one by their id, whatever their source says', async () => {
    const event = {
      specversion: '1.0',
      id: 'numbered-1',
      source: '/eu/gateway',
      type: 'cloud',
      subject: 'acme',
      time: '2026-06-20T00:00:00Z',
      data: { n: 1 },
    };
    const elsewhere = { ...event, source: '/us/gateway' };
    const sent = await server.call('POST /v1/events/batch', {
      body: [event, elsewhere, { ...elsewhere, data: { n: 2 } }],
      headers: { 'content-type': 'application/cloudevents-batch+json' },
    });
    const headers = { 'odometer-min-position': String(sent.body['position']) };
    const { body } = await server.call('GET /v1/events?code=cloud', { headers });
    const rows = body['data'] as { status: string; properties: object }[];
    const told = rows.map(({ status, properties }) => [status, properties]);
    expect(told.sort()).toEqual([
      ['accepted', { n: 1 }],
      ['conflict', { n: 2 }],
      ['duplicate', { n: 1 }],
    ]);
  });
});
