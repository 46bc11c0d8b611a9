import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

interface Row {
  readonly from: string;
  readonly group: Record<string, string | null>;
  readonly other: boolean;
  readonly value: string;
  readonly events_count: number;
}

describe('usage over time', () => {
  let server: TestServer;
  let position = '';

  beforeAll(async () => {
    server = await startTestServer();
    await server.call('POST /v1/meters', {
      body: {
        code: 'calls',
        aggregation: { type: 'sum', field: 'n' },
        group_by: ['region'],
      },
    });
    // Half past every hour of two days in which clocks go back in Paris: region and user go round, n counts up.
    const events = Array.from({ length: 48 }, (_, at) => ({
      transaction_id: `t${at}`,
      code: 'calls',
      ...(at % 2 === 0 ? { customer_id: 'acme' } : { customer_id: `small-${at % 3}` }),
      timestamp: new Date(Date.UTC(2026, 9, 24, at, 30)).toISOString(),
      properties: { n: at, region: ['eu', 'us', 'asia'][at % 3], user: { id: at }, seat: at % 4 },
    }));
    const sent = await server.call('POST /v1/events/batch', { body: { events } });
    position = String(sent.body['position']);
  });
  afterAll(() => server.stop());

  const PERIOD = 'from=2026-10-24T00:00:00Z&to=2026-10-26T00:00:00Z';
  const get = (query: string): Promise<Answer> =>
    server.call(`GET /v1/usage?meter_code=calls&${query}`, {
      headers: { 'odometer-min-position': position },
    });
  const rowsOf = ({ body }: Answer): Row[] => body['data'] as Row[];
  const detailOf = ({ status, body }: Answer): unknown => [
    status,
    (body['errors'] as { pointer: string; detail: string }[]).map((error) => [
      error.pointer,
      error.detail,
    ]),
  ];

  it.each(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'])(
    'by %s sums to the whole in zones of every kind',
    async (window) => {
      for (const zone of [
        'UTC',
        'Europe/Paris',
        'Asia/Kathmandu',
        'Pacific/Chatham',
        'Australia/Lord_Howe',
      ]) {
        const answer = await get(`${PERIOD}&window=${window}&timezone=${zone}`);
        expect(answer.status).toBe(200);
        const rows = rowsOf(answer);
        const sum = rows.reduce((total, { value }) => total + Number(value), 0);
        expect([zone, sum, answer.body['total']]).toEqual([zone, 1_128, '1128']);
        expect(rows.reduce((total, one) => total + one.events_count, 0)).toBe(48);
      }
    },
  );

  it('counts 25 hours on the day clocks go back', async () => {
    const rows = rowsOf(await get(`${PERIOD}&window=day&timezone=Europe/Paris`));
    expect(rows.map((row) => [row.from, row.events_count])).toEqual([
      ['2026-10-24T00:00:00.000Z', 22],
      ['2026-10-24T22:00:00.000Z', 25],
      ['2026-10-25T23:00:00.000Z', 1],
    ]);
  });

  it('is told by minutes where no hour would tell', async () => {
    const minutes = 'from=2026-10-24T02:29:00Z&to=2026-10-24T02:32:00Z&window=minute';
    const rows = rowsOf(await get(`${minutes}&customer_id=acme`));
    expect(rows.map(({ value }) => value)).toEqual(['0', '2', '0']);
  });

  it('filters and groups by properties that the meter does not keep apart', async () => {
    const answer = await get(`${PERIOD}&customer_id=acme&group_by=region,seat&filter=seat:2`);
    expect(rowsOf(answer).map(({ group, value }) => [group, value])).toEqual([
      [{ region: 'asia', seat: '2' }, '80'],
      [{ region: 'eu', seat: '2' }, '96'],
      [{ region: 'us', seat: '2' }, '112'],
    ]);
    expect(answer.body['total']).toBe('288');
    const everybody = await get(`${PERIOD}&filter=seat:2,seat:3,region:eu`);
    expect(everybody.body['total']).toBe('180');
  });

  it('groups what has no scalar there under null', async () => {
    const rows = rowsOf(await get(`${PERIOD}&group_by=user`));
    expect(rows.map(({ group, other, value }) => [group, other, value])).toEqual([
      [{ user: null }, false, '1128'],
    ]);
  });

  it('shows the largest groups and all others together', async () => {
    const answer = await get(`${PERIOD}&group_by=region&top=1&window=day`);
    const rows = rowsOf(answer);
    expect(rows.map(({ group, other, value }) => [group, other, value])).toEqual([
      [{ region: 'asia' }, false, '100'],
      [{}, true, '176'],
      [{ region: 'asia' }, false, '292'],
      [{}, true, '560'],
    ]);
  });

  it('tells the position that it reflects', async () => {
    const { body } = await get(PERIOD);
    expect(body['position']).toBeGreaterThanOrEqual(Number(position));
  });

  it.each([
    ['group_by=a,b,c,d', '/group_by', 'Must name at most 3 properties.'],
    ['filter=region', '/filter', '"region" is not key:value.'],
    ['top=3', '/top', 'Must come with "group_by".'],
    [
      'window=minute&to=2026-12-01T00:00:00Z',
      '/window',
      'expected at most 10000 windows: shorten the period or take a longer window',
    ],
  ])('is refused with %s', async (query, pointer, detail) => {
    const period = query.includes('to=') ? PERIOD.split('&')[0]! : PERIOD;
    expect(detailOf(await get(`${period}&${query}`))).toEqual([422, [[pointer, detail]]]);
  });
});
