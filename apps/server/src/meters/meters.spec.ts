import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

const MARCH = 'from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z';
const APRIL = 'from=2026-04-01T00:00:00Z&to=2026-05-01T00:00:00Z';

describe('meters', () => {
  let server: TestServer;
  let customer = '';
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    count += 1;
    customer = `customer-${count}`;
  });

  /** A meter of its own for the test, counting the customer's own code. */
  const define = async (meter: object): Promise<string> => {
    const code = `meter_${count}`;
    const answer = await server.call('POST /v1/meters', { body: { code, ...meter } });
    expect([answer.status, answer.body['code']]).toEqual([201, code]);
    return code;
  };

  const errorsOf = ({ status, body }: Answer): unknown => [
    status,
    (body['errors'] as Record<string, string>[]).map(({ pointer, code, detail }) => [
      pointer,
      code,
      detail,
    ]),
  ];

  /** Sends events of [time, properties], and answers the position that shows them. */
  const send = async (events: readonly [string, object][]): Promise<string> => {
    const body = events.map(([timestamp, properties], at) => ({
      transaction_id: `t${at}`,
      code: `meter_${count}`,
      customer_id: customer,
      timestamp,
      properties,
    }));
    const answer = await server.call('POST /v1/events/batch', { body: { events: body } });
    expect(answer.status).toBe(202);
    return String(answer.body['position']);
  };

  const usage = async (code: string, query: string, position: string): Promise<Answer> => {
    const answer = await server.call(
      `GET /v1/usage?meter_code=${code}&customer_id=${customer}&${query}`,
      { headers: { 'odometer-min-position': position } },
    );
    expect(answer.status).toBe(200);
    return answer;
  };
  const total = async (code: string, query: string, position: string): Promise<unknown> =>
    (await usage(code, query, position)).body['total'];

  it('show what they count', async () => {
    const aggregation = { type: 'custom', field: 'ms', settings: { formula: 'max - min' } };
    const rounding = { mode: 'ceil', precision: -2 };
    const code = await define({ aggregation, rounding, group_by: ['region'] });
    const { body } = await server.call(`GET /v1/meters/${code}`);
    expect(body).toEqual({
      code,
      version: 1,
      name: null,
      event_code: code,
      aggregation: { ...aggregation, expression: null },
      filters: {},
      group_by: ['region'],
      recurring: false,
      rounding,
      valid_from: null,
    });
  });

  it.each<[object, [string, string, string]]>([
    [
      { aggregation: { type: 'mode' } },
      [
        '/aggregation/type',
        'unknown_aggregation',
        'There is no aggregation "mode"; there are count, sum, max, min, average, latest, unique_count, weighted_sum, custom.',
      ],
    ],
    [
      { aggregation: { type: 'sum' } },
      [
        '/aggregation/field',
        'required',
        'A meter of type sum names a property, or computes an expression.',
      ],
    ],
    [
      { aggregation: { type: 'sum', field: 'a', expression: '1' } },
      [
        '/aggregation/field',
        'not_allowed',
        'A meter names a property or computes an expression, not both.',
      ],
    ],
    [
      { aggregation: { type: 'count', expression: '1' } },
      [
        '/aggregation/expression',
        'not_allowed',
        'A meter of type count counts records, whatever they hold.',
      ],
    ],
    [
      { aggregation: { type: 'sum', expression: 'properties.a * * 2' } },
      [
        '/aggregation/expression',
        'invalid_expression',
        'Character 16, at "* 2": Here should be a value.',
      ],
    ],
    [
      { aggregation: { type: 'max', expression: 'concat(code, 1)' } },
      [
        '/aggregation/expression',
        'invalid_expression',
        'Character 1, at "concat(code, 1)": This gives a text; here should be a number.',
      ],
    ],
    [
      { aggregation: { type: 'max', field: 'a' }, recurring: true },
      [
        '/recurring',
        'not_allowed',
        'A meter of type max starts anew in every period; recurring are sum, unique_count, weighted_sum.',
      ],
    ],
    [
      { aggregation: { type: 'sum', field: 'a', settings: { formula: 'sum' } } },
      ['/aggregation/settings', 'not_allowed', 'A meter of type sum has no settings.'],
    ],
  ])('are refused as %j', async (meter, error) => {
    const answer = await server.call('POST /v1/meters', { body: { code: 'refused', ...meter } });
    expect(errorsOf(answer)).toEqual([422, [error]]);
  });

  it('of seats carry over, take out what is removed, and find the place of what is late', async () => {
    const aggregation = { type: 'unique_count', field: 'seat' };
    const code = await define({ aggregation, recurring: true });
    const position = await send([
      ['2026-02-10T00:00:00Z', { seat: 's1' }],
      ['2026-04-02T10:00:00Z', { seat: 's2', operation_type: 'remove' }],
      ['2026-03-05T00:00:00Z', { seat: 's2', operation_type: 'add' }],
      ['2026-03-05T00:00:00Z', { seat: 's2', operation_type: 'add' }],
      ['2026-03-06T00:00:00Z', { seat: 's3', operation_type: 'remove' }],
      ['2026-03-07T00:00:00Z', { seat: 's4', operation_type: 'replace' }],
    ]);
    expect(await total(code, MARCH, position)).toBe('2');
    expect(await total(code, APRIL, position)).toBe('1');
    const { body } = await usage(
      code,
      'from=2026-04-01T00:00:00Z&to=2026-04-04T00:00:00Z&window=day',
      position,
    );
    const values = (body['data'] as { value: string }[]).map(({ value }) => value);
    expect(values).toEqual(['2', '1', '1']);
  });

  it('weigh a running value by the time it lasts', async () => {
    const code = await define({
      aggregation: { type: 'weighted_sum', field: 'value' },
      recurring: true,
    });
    const position = await send([
      ['2026-04-06T00:00:00Z', { value: -200 }],
      ['2026-03-05T00:00:00Z', { value: '2500' }],
      ['2026-04-04T00:00:00Z', { value: '-2000' }],
    ]);
    expect(await total(code, MARCH, position)).toBe(
      '2177.4193548387096774193548387096774193548387',
    );
    expect(await total(code, APRIL, position)).toBe('533.3333333333333333333333333333333333333333');
  });

  it('compute what they count, and leave out what cannot be computed', async () => {
    const code = await define({
      aggregation: {
        type: 'sum',
        expression: 'round(properties.bytes / properties.parts, 2) + least(timestamp, 1)',
      },
    });
    const position = await send([
      ['2026-03-05T00:00:00Z', { bytes: '10', parts: 3 }],
      ['2026-03-05T01:00:00Z', { bytes: 1, parts: 0 }],
      ['2026-03-05T02:00:00Z', { bytes: 'many', parts: 1 }],
      ['2026-03-05T03:00:00Z', { bytes: 5 }],
      ['2026-03-05T04:30:00Z', { bytes: 0.5, parts: '2' }],
    ]);
    expect(await total(code, MARCH, position)).toBe('5.58');
    const cut = 'from=2026-03-05T04:15:00Z&to=2026-03-05T04:45:00Z';
    expect(await total(code, cut, position)).toBe('1.25');
  });

  it('tell texts apart that an expression makes', async () => {
    const expression = "concat(properties.project, '/', properties.user)";
    const code = await define({ aggregation: { type: 'unique_count', expression } });
    const position = await send([
      ['2026-03-05T00:00:00Z', { project: 'p', user: 1 }],
      ['2026-03-05T01:00:00Z', { project: 'p', user: '1' }],
      ['2026-03-05T02:00:00Z', { project: 'q', user: 1 }],
    ]);
    expect(await total(code, MARCH, position)).toBe('2');
  });

  it('average, and round to hundreds', async () => {
    const aggregation = { type: 'average', field: 'ms' };
    const code = await define({ aggregation, rounding: { mode: 'round', precision: -2 } });
    const position = await send([
      ['2026-03-05T00:00:00Z', { ms: 100 }],
      ['2026-03-05T01:00:00Z', { ms: '199.9' }],
      ['2026-03-05T01:30:00Z', { ms: 151 }],
    ]);
    expect(await total(code, MARCH, position)).toBe('200');
    expect(await total(code, APRIL, position)).toBe('0');
  });

  it('count by a formula of their own, also what came before them', async () => {
    await send([
      ['2026-03-05T00:00:00Z', { ms: 2 }],
      ['2026-03-25T00:00:00Z', { ms: 9 }],
    ]);
    const code = `meter_${count}`;
    const aggregation = {
      type: 'custom',
      field: 'ms',
      settings: { formula: '(latest - first) / count' },
    };
    const defined = await server.call('POST /v1/meters', { body: { code, aggregation } });
    const position = defined.headers.get('odometer-position') ?? '';
    expect(await total(code, MARCH, position)).toBe('3.5');
  });
});

describe('forms for meters', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it('find every aggregation, and its example is accepted', async () => {
    const { body } = await server.call('GET /v1/aggregations');
    const data = body['data'] as Record<string, unknown>[];
    expect(data.map(({ code, recurring, removable }) => [code, recurring, removable])).toEqual([
      ['count', false, false],
      ['sum', true, false],
      ['max', false, false],
      ['min', false, false],
      ['average', false, false],
      ['latest', false, false],
      ['unique_count', true, true],
      ['weighted_sum', true, false],
      ['custom', false, true],
    ]);
    expect(data[1]).toMatchObject({
      title: 'Sum',
      schema: { type: 'object', required: ['type'], properties: { type: { const: 'sum' } } },
    });
    for (const { code, example } of data) {
      const answer = await server.call('POST /v1/meters', { body: { code, aggregation: example } });
      expect([code, answer.status]).toEqual([code, 201]);
    }
  });

  it.each<[string, object, string | null, string | null]>([
    [
      'round(event.properties.a * 2)',
      { code: 'x', timestamp: 1, properties: { a: '1.7' } },
      '3',
      null,
    ],
    ['timestamp', { timestamp: '1970-01-02T00:00:00.500Z' }, '86400.5', null],
    ['properties.a / 10000000', { properties: { a: 1 } }, '0.0000001', null],
    ['concat(code, "-", properties.a)', { code: 'x', properties: { a: true } }, 'x-true', null],
    ['1 / properties.a', { properties: { a: 0 } }, null, 'division_by_zero'],
    ['properties.a', {}, null, 'missing_field'],
  ])('try %s on %j: %s %s', async (expression, event, value, reason) => {
    const body = { expression, event };
    const answer = await server.call('POST /v1/meters/evaluate_expression', { body });
    expect([answer.status, answer.body]).toEqual([200, { value, reason }]);
  });

  it('take the time of the request where the event has none', async () => {
    const before = Date.now() / 1000;
    const body = { expression: 'timestamp', event: {} };
    const answer = await server.call('POST /v1/meters/evaluate_expression', { body });
    const value = Number(answer.body['value']);
    expect(value).toBeGreaterThanOrEqual(before);
    expect(value).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('are told where an expression is wrong', async () => {
    const body = { expression: '2 +', event: {} };
    const answer = await server.call('POST /v1/meters/evaluate_expression', { body });
    expect([answer.status, answer.body['code'], answer.body['errors']]).toEqual([
      422,
      'validation_failed',
      [
        {
          pointer: '/expression',
          code: 'invalid_expression',
          detail: 'Character 4, at the end: Here should be a value.',
        },
      ],
    ]);
  });

  it('need a key that may read', async () => {
    const { body } = await server.call('POST /v1/api_keys', {
      body: { name: 'sender', scopes: ['ingest'] },
    });
    const answer = await server.call('GET /v1/aggregations', { key: body['secret'] as string });
    expect(answer.status).toBe(403);
  });
});
