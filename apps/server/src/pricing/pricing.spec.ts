import { startTestServer, type Answer, type TestServer } from '../server.fixture.js';

let server: TestServer;

const standard = (meter_code: string, amount: string, more: object = {}) => ({
  meter_code,
  model: 'standard',
  properties: { amount },
  ...more,
});

const planOf = (charges: object[], more: object = {}) => ({
  currency: 'EUR',
  interval: 'month',
  amount: 0,
  charges,
  ...more,
});

const estimate = (body: object): Promise<Answer> =>
  server.call('POST /v1/pricing/estimate', { body });

const errorsOf = ({ status, body }: Answer): unknown => [
  status,
  body['code'],
  ((body['errors'] ?? []) as { pointer: string; code: string }[]).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  ),
];

beforeAll(async () => {
  server = await startTestServer();
  for (const code of ['calls', 'storage']) {
    await server.call('POST /v1/meters', {
      body: { code, name: code, event_code: code, aggregation: { type: 'sum', field: 'n' } },
    });
  }
});

afterAll(() => server.stop());

describe('an estimate', () => {
  it('prices the current version of a plan, with steps', async () => {
    const charges = [
      {
        meter_code: 'calls',
        model: 'graduated',
        display_name: 'API calls',
        properties: {
          graduated_ranges: [
            { from_value: 0, to_value: 5, per_unit_amount: '10', flat_amount: '100' },
            { from_value: 6, to_value: null, per_unit_amount: '5', flat_amount: '50' },
          ],
        },
      },
      standard('storage', '0.015', { min_amount: 500 }),
    ];
    const plan = { ...planOf(charges, { amount: 4900 }), code: 'pro', name: 'Pro' };
    expect((await server.call('POST /v1/plans', { body: plan })).status).toBe(201);
    const { status, body } = await estimate({
      plan_code: 'pro',
      usage: { calls: { units: '8', events_count: 8 }, storage: 101 },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      plan_code: 'pro',
      plan_version: 1,
      currency: 'EUR',
      fee: 4900,
      charges: [
        {
          meter_code: 'calls',
          model: 'graduated',
          display_name: 'API calls',
          units: '8',
          events_count: 8,
          amount: 21500,
          adjustments: [],
          parts: [
            {
              filter: null,
              group: {},
              units: '8',
              events_count: 8,
              amount: 21500,
              unit_amount: '26.875',
              exact_amount: '215',
              steps: [
                {
                  label: '0 – 5',
                  units: '5',
                  unit_amount: '10',
                  flat_amount: '100',
                  amount: '150',
                },
                {
                  label: '5 – ∞',
                  units: '3',
                  unit_amount: '5',
                  flat_amount: '50',
                  amount: '65',
                },
              ],
            },
          ],
        },
        {
          meter_code: 'storage',
          model: 'standard',
          display_name: null,
          units: '101',
          events_count: 1,
          amount: 500,
          adjustments: [{ type: 'minimum', amount: 348 }],
          parts: [
            expect.objectContaining({ amount: 152, exact_amount: '1.515', unit_amount: '0.015' }),
          ],
        },
      ],
      charges_amount: 22000,
      total: 26900,
    });
  });

  it('prices a plan that is sent along, and stores nothing', async () => {
    const plan = planOf([standard('calls', '10')]);
    const first = await estimate({ plan, usage: { calls: '4' } });
    const second = await estimate({ plan, usage: { calls: '4' } });
    expect(first.body).toMatchObject({ plan_code: null, plan_version: null, total: 4000 });
    expect(second.body).toEqual(first.body);
    const { body } = await server.call('GET /v1/plans');
    expect((body['data'] as { code: string }[]).map(({ code }) => code)).not.toContain('estimate');
  });

  it('leads the price through the adjustments of the charge', async () => {
    const adjustments = [
      { type: 'maximum', properties: { amount: '80' } },
      { type: 'percentage_discount', properties: { rate: '10' } },
    ];
    const plan = planOf([standard('calls', '1', { adjustments })]);
    const { body } = await estimate({ plan, usage: { calls: '100' } });
    expect(body).toMatchObject({
      total: 8000,
      charges: [
        {
          amount: 8000,
          adjustments: [
            { type: 'percentage_discount', amount: -1000 },
            { type: 'maximum', amount: -1000 },
          ],
          parts: [{ amount: 10000 }],
        },
      ],
    });
  });

  it('prices records one by one where the price depends on them', async () => {
    const properties = {
      rate: '1',
      fixed_amount: '1',
      per_transaction_min_amount: '1.75',
      per_transaction_max_amount: '12',
    };
    const plan = planOf([{ meter_code: 'calls', model: 'percentage', properties }]);
    const events = [{ units: '50' }, { units: 200 }, { units: '20000' }];
    const { body } = await estimate({ plan, usage: { calls: { events } } });
    expect(body).toMatchObject({ total: 1675, charges: [{ units: '20250', events_count: 3 }] });
    const total = await estimate({ plan, usage: { calls: '20250' } });
    expect([total.status, total.body['code']]).toEqual([422, 'events_required']);
    expect(total.body['errors']).toMatchObject([{ pointer: '/usage/calls/events' }]);
  });

  it('takes the price that records name, in the smallest unit', async () => {
    const charge = { meter_code: 'calls', model: 'dynamic', properties: {} };
    const events = [
      { units: '5', precise_total_amount_cents: '20.2' },
      { precise_total_amount_cents: 801.9 },
      {},
    ];
    const { body } = await estimate({ plan: planOf([charge]), usage: { calls: { events } } });
    expect(body).toMatchObject({ total: 822, charges: [{ units: '7', events_count: 3 }] });
    const yen = planOf([charge], { currency: 'JPY' });
    expect((await estimate({ plan: yen, usage: { calls: { events } } })).body['total']).toBe(822);
  });

  it('puts usage into the filters and groups of a charge', async () => {
    const filters = [
      { values: { cloud: ['gcp'] }, properties: { amount: '0.10' } },
      { values: { cloud: ['aws'] }, properties: { amount: '0.08' } },
    ];
    const groups = [
      { properties: { cloud: 'aws' }, units: '100' },
      { properties: { cloud: 'gcp' }, units: '200' },
    ];
    const plan = planOf([standard('calls', '0.12', { filters })]);
    const { body } = await estimate({ plan, usage: { calls: { groups } } });
    expect(body).toMatchObject({ total: 2800 });
    expect(partsOf(body)).toEqual([
      [{ cloud: ['gcp'] }, {}, '200', 2000],
      [{ cloud: ['aws'] }, {}, '100', 800],
      [null, {}, '0', 0],
    ]);
    const grouped = planOf([standard('calls', '10', { group_by: ['user'] })]);
    const events = [
      { units: 5, properties: { user: 7 } },
      { units: 3, properties: { user: true } },
      { units: 1, properties: { user: '7' } },
      { units: 2 },
    ];
    const answer = await estimate({ plan: grouped, usage: { calls: { events } } });
    expect(partsOf(answer.body)).toEqual([
      [null, { user: '7' }, '6', 6000],
      [null, { user: 'true' }, '3', 3000],
      [null, { user: null }, '2', 2000],
    ]);
  });

  it('of no usage has what is due without any', async () => {
    const ranges = [{ from_value: 0, to_value: null, per_unit_amount: '1', flat_amount: '7' }];
    const charge = {
      meter_code: 'calls',
      model: 'graduated',
      properties: { graduated_ranges: ranges },
    };
    expect((await estimate({ plan: planOf([charge]), usage: {} })).body['total']).toBe(700);
    const advance = planOf([{ ...charge, pay_in_advance: true }]);
    expect((await estimate({ plan: advance, usage: {} })).body['total']).toBe(0);
    expect((await estimate({ plan: advance, usage: { calls: '1' } })).body['total']).toBe(800);
    expect((await estimate({ plan: planOf([charge]), usage: { calls: '-3' } })).body).toMatchObject(
      { total: 700, charges: [{ units: '0' }] },
    );
  });

  it.each<[string, object, unknown]>([
    ['no plan', { usage: {} }, [422, 'validation_failed', ['/plan_code one_plan']]],
    [
      'two plans',
      { plan_code: 'pro', plan: planOf([]), usage: {} },
      [422, 'validation_failed', ['/plan_code one_plan']],
    ],
    ['an unknown plan', { plan_code: 'none', usage: {} }, [404, 'plan_not_found', []]],
    [
      'a plan that is not fit to be published',
      {
        plan: planOf([standard('calls', '-1'), standard('other', '1')], { currency: 'XXX' }),
        usage: {},
      },
      [
        422,
        'validation_failed',
        [
          '/plan/currency unknown_currency',
          '/plan/charges/0/properties/amount invalid',
          '/plan/charges/1/meter_code unknown_meter',
        ],
      ],
    ],
    [
      'a plan without its fields',
      { plan: { currency: 'EUR' }, usage: 1 },
      [
        422,
        'validation_failed',
        ['/plan/interval required', '/plan/amount required', '/usage is_object'],
      ],
    ],
    [
      'usage of a meter that is not charged for',
      { plan: planOf([standard('calls', '1')]), usage: { 'stor/age': '1' } },
      [422, 'validation_failed', ['/usage/stor~1age unknown_meter']],
    ],
    [
      'usage that is none',
      {
        plan: planOf([standard('calls', '1'), standard('storage', '1')]),
        usage: { calls: 'many', storage: [1] },
      },
      [422, 'validation_failed', ['/usage/calls/units invalid', '/usage/storage invalid']],
    ],
    [
      'bad fields of usage',
      {
        plan: planOf([standard('calls', '1'), standard('storage', '1')]),
        usage: {
          calls: { unit: 1, events_count: 1.5, events: [{ units: 'x', properties: { a: {} } }] },
          storage: { events_count: 3 },
        },
      },
      [
        422,
        'validation_failed',
        [
          '/usage/calls/unit unknown_field',
          '/usage/calls/events_count invalid',
          '/usage/calls/events/0/units invalid',
          '/usage/calls/events/0/properties/a invalid',
          '/usage/storage/units required',
        ],
      ],
    ],
    [
      'fields that do not go together',
      {
        plan: planOf([standard('calls', '1'), standard('storage', '1')]),
        usage: {
          calls: {
            units: 1,
            groups: [
              { properties: {}, events_count: 3 },
              { properties: {}, events: [{ properties: {} }] },
            ],
          },
          storage: { units: 2, events_count: 2, events: [{ properties: {} }] },
        },
      },
      [
        422,
        'validation_failed',
        [
          '/usage/calls/units not_allowed',
          '/usage/calls/groups/0/units required',
          '/usage/calls/groups/1/events/0/properties not_allowed',
          '/usage/storage/units not_allowed',
          '/usage/storage/events_count mismatch',
        ],
      ],
    ],
    [
      'more records than an estimate looks at',
      {
        plan: planOf([standard('calls', '1')]),
        usage: { calls: { events: Array.from({ length: 1_001 }, () => ({})) } },
      },
      [422, 'validation_failed', ['/usage/calls/events too_many']],
    ],
  ])('refuses %s', async (_, body, expected) => {
    expect(errorsOf(await estimate(body))).toEqual(expected);
  });
});

function partsOf(body: Record<string, unknown>): unknown[] {
  const [charge] = body['charges'] as { parts: Record<string, unknown>[] }[];
  return (charge?.parts ?? []).map(({ filter, group, units, amount }) => [
    filter,
    group,
    units,
    amount,
  ]);
}

describe('charge models and adjustments', () => {
  interface Described {
    readonly code: string;
    readonly title: string;
    readonly schema: { readonly type: string; readonly properties: object };
    readonly example: object;
  }

  const listed = async (path: string): Promise<Described[]> =>
    (await server.call(`GET /v1/${path}`)).body['data'] as Described[];

  it('describe themselves with a schema and an example that is accepted', async () => {
    const models = await listed('charge_models');
    expect(models.map(({ code }) => code)).toEqual([
      'standard',
      'graduated',
      'volume',
      'package',
      'percentage',
      'graduated_percentage',
      'dynamic',
    ]);
    expect(models[0]).toEqual({
      code: 'standard',
      title: 'Standard',
      description: 'Every unit has the same price.',
      schema: {
        type: 'object',
        additionalProperties: false,
        required: ['amount'],
        properties: {
          amount: {
            type: ['string', 'number'],
            pattern: '^\\d{1,20}(\\.\\d{1,15})?$',
            description: 'Price of one unit in major units.',
          },
        },
      },
      example: { amount: '0.05' },
      pay_in_advance: true,
      prorated: true,
    });
    for (const { code, schema, example } of models) {
      expect(schema.type).toBe('object');
      const charge = { meter_code: 'calls', model: code, properties: example };
      const { status } = await estimate({ plan: planOf([charge]), usage: {} });
      expect([code, status]).toEqual([code, 200]);
    }
  });

  it('list adjustments in the order in which they are applied', async () => {
    expect((await listed('adjustments')).map(({ code }) => code)).toEqual([
      'percentage_discount',
      'amount_discount',
      'maximum',
      'minimum',
    ]);
  });
});
