import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

const AT = '2026-05-05T12:00:00.000Z';

describe('corrections', () => {
  let server: TestServer;
  let customer = '';
  let count = 0;

  beforeAll(async () => {
    server = await startTestServer();
    for (const meter of [
      { code: 'calls', aggregation: { type: 'count' } },
      {
        code: 'bytes',
        event_code: 'calls',
        aggregation: { type: 'max', field: 'bytes' },
        group_by: ['region'],
      },
    ])
      await server.call('POST /v1/meters', { body: meter });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    count += 1;
    customer = `customer-${count}`;
  });

  const post = (path: string, body: object, headers = {}): Promise<Answer> =>
    server.call(`POST ${path}`, { body, headers });

  const record = (transaction_id: string, more: object = {}): Promise<Answer> =>
    post('/v1/events', {
      transaction_id,
      code: 'calls',
      customer_id: customer,
      timestamp: AT,
      ...more,
    });

  const correct = (id: string, how: 'void' | 'amend', more: object = {}): Promise<Answer> =>
    post(`/v1/events/${encodeURIComponent(id)}/${how}`, {
      customer_id: customer,
      reason: 'a test run',
      ...more,
    });

  const find = (id: string): Promise<Answer> =>
    server.call(`GET /v1/events/${encodeURIComponent(id)}?customer_id=${customer}`);

  const usage = async (meter: string, after: Answer): Promise<unknown> => {
    const query = `meter_code=${meter}&customer_id=${customer}&from=2026-05-01T00:00:00Z&to=2026-06-01T00:00:00Z`;
    const position = after.headers.get('odometer-position') ?? String(after.body['position']);
    const { body } = await server.call(`GET /v1/usage?${query}`, {
      headers: { 'odometer-min-position': position },
    });
    return body['total'];
  };

  const listed = async (): Promise<unknown> => {
    const { body } = await server.call(`GET /v1/events?customer_id=${customer}`);
    const data = body['data'] as Record<string, unknown>[];
    return data.map((row) => [row['transaction_id'], row['status'], row['properties']]);
  };

  it('are shown of an event of any id, also of one that is the name of another route', async () => {
    for (const id of ['export', 'batch', 'a/b', 'history']) {
      const sent = await record(id);
      const headers = { 'odometer-min-position': String(sent.body['position']) };
      const path = `/v1/events/${encodeURIComponent(id)}/history?customer_id=${customer}`;
      const { status, body } = await server.call(`GET ${path}`, { headers });
      expect([status, body['transaction_id'], body['history']]).toMatchObject([200, id, [{}]]);
      if (id !== 'export') expect((await find(id)).body).toEqual(body);
    }
  });

  it('takes an event back at once, and shows who did it and why', async () => {
    await record('t1', { properties: { bytes: 9 } });
    const second = await record('t2', { properties: { bytes: 4 } });
    expect(await usage('bytes', second)).toBe('9');
    const answer = await correct('t1', 'void');
    expect([answer.status, answer.body['status']]).toEqual([200, 'voided']);
    expect(await usage('bytes', answer)).toBe('4');
    expect(await usage('calls', answer)).toBe('1');
    expect(await listed()).toEqual([
      ['t2', 'accepted', { bytes: 4 }],
      ['t1', 'voided', { bytes: 9 }],
    ]);
    const { body } = await find('t1');
    expect(body).toMatchObject({
      transaction_id: 't1',
      customer_id: customer,
      properties: { bytes: 9 },
      status: 'voided',
      history: [
        { kind: 'recorded', reason: null, record: { properties: { bytes: 9 } } },
        { kind: 'voided', reason: 'a test run', record: null },
      ],
    });
    const { actor } = (body['history'] as { actor: string }[])[1]!;
    expect(actor).toMatch(/\w/);
  });

  it('voids quietly the second time', async () => {
    await record('t');
    const first = await correct('t', 'void');
    const again = await correct('t', 'void', { reason: 'once more' });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body['history']).toEqual(first.body['history']);
  });

  it('keeps the id of a void event taken', async () => {
    await record('t');
    await correct('t', 'void');
    const again = await record('t');
    expect(again.body['status']).toBe('duplicate');
    const other = await record('t', { properties: { bytes: 1 } });
    expect(await usage('calls', other)).toBe('0');
  });

  it('puts other content in the place of an event, again and again', async () => {
    await record('t', { properties: { bytes: 5, region: 'eu' } });
    const first = await correct('t', 'amend', { properties: { bytes: 7, region: 'us' } });
    expect([first.status, first.body['status']]).toEqual([200, 'amended']);
    expect(await usage('bytes', first)).toBe('7');
    const second = await correct('t', 'amend', {
      timestamp: '2026-05-06T01:02:03Z',
      reason: 'the clock was wrong',
    });
    expect(await usage('bytes', second)).toBe('7');
    expect(second.body).toMatchObject({
      timestamp: '2026-05-06T01:02:03.000Z',
      properties: { bytes: 7, region: 'us' },
      history: [
        { kind: 'recorded', record: { properties: { bytes: 5 } } },
        { kind: 'amended', reason: 'a test run', record: { timestamp: AT } },
        { kind: 'amended', reason: 'the clock was wrong' },
      ],
    });
    expect(await listed()).toEqual([['t', 'amended', { bytes: 7, region: 'us' }]]);
    expect(await usage('calls', second)).toBe('1');
    const last = await correct('t', 'void');
    expect(await usage('calls', last)).toBe('0');
    expect(await listed()).toEqual([['t', 'voided', { bytes: 7, region: 'us' }]]);
  });

  it('does not amend what is void', async () => {
    await record('t');
    await correct('t', 'void');
    const answer = await correct('t', 'amend', { code: 'other' });
    expect([answer.status, answer.body['code']]).toEqual([409, 'event_voided']);
  });

  it('lets one of many voids and amendments at once win, and never both', async () => {
    await record('t', { properties: { bytes: 5 } });
    const answers = await Promise.all([
      correct('t', 'amend', { properties: { bytes: 6 } }),
      correct('t', 'void'),
      correct('t', 'amend', { properties: { bytes: 7 } }),
      correct('t', 'void'),
    ]);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const { body } = await find('t');
    expect(body['status']).toBe('voided');
    const kinds = (body['history'] as { kind: string }[]).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'voided')).toHaveLength(1);
    expect(kinds.at(-1)).toBe('voided');
  });

  it('runs a command with an Idempotency-Key once', async () => {
    await record('t', { properties: { bytes: 5 } });
    const body = { customer_id: customer, reason: 'unit', properties: { bytes: 6 } };
    const headers = { 'idempotency-key': `amend-${customer}` };
    const first = await post('/v1/events/t/amend', body, headers);
    const again = await post('/v1/events/t/amend', body, headers);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('finds an event that names only a subscription by the subscription', async () => {
    await record('t 1/2', { customer_id: undefined, subscription_id: 'sub' });
    const path = `/v1/events/${encodeURIComponent('t 1/2')}`;
    const answer = await post(`${path}/void`, { subscription_id: 'sub', reason: 'test' });
    expect(answer.body).toMatchObject({ status: 'voided', subscription_id: 'sub' });
    const read = await server.call(`GET ${path}?subscription_id=sub`);
    expect(read.body['status']).toBe('voided');
  });

  it('does not take a subscription that the event does not name', async () => {
    await record('t', { subscription_id: 'sub' });
    await record('u');
    const answers = [
      await correct('t', 'void', { subscription_id: 'other' }),
      await correct('u', 'amend', { subscription_id: 'other', properties: { bytes: 1 } }),
      await correct('t', 'void', { subscription_id: 'sub' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 200]);
    expect(answers[1]!.body['detail']).toBe(
      `No event u of customer ${customer} that names subscription other.`,
    );
  });

  it.each([
    ['void', {}, 404, 'event_not_found'],
    ['amend', { code: 'x' }, 404, 'event_not_found'],
    ['amend', {}, 422, 'validation_failed'],
    ['amend', { code: 'not a code' }, 422, 'invalid_usage'],
    ['amend', { timestamp: 'yesterday' }, 422, 'validation_failed'],
    ['void', { reason: undefined }, 422, 'validation_failed'],
    ['void', { reason: '' }, 422, 'validation_failed'],
    ['void', { customer_id: undefined }, 422, 'validation_failed'],
  ] as const)('answers %s with %j: %i %s', async (how, more, status, code) => {
    const answer = await correct('nothing', how, more);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  });

  it("never corrects another tenant's events", async () => {
    await record('t');
    const other = await post('/v1/tenants', { name: `Other ${customer}` });
    const key = (other.body['admin_key'] as { secret: string }).secret;
    const body = { customer_id: customer, reason: 'mine' };
    const answer = await server.call('POST /v1/events/t/void', { key, body });
    const read = await server.call(`GET /v1/events/t?customer_id=${customer}`, { key });
    expect([answer.status, read.status]).toEqual([404, 404]);
  });
});
