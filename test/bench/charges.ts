import type { World } from './world.js';

/** A plan of many charges, and one of a single charge, for two customers that use the same. */
export const manyCharges = { charges: 20, groups: 50 };
export const MANY = manyCharges.charges;

const RECORDS_PER_GROUP = 20;
const DAY_MS = 86_400_000;
const BATCH = 1_000;
const GROUP = 'model';

/** Each charge has a meter of its own, with groups that are priced one by one. Those of many charges see the same records. */
export async function setUpCharges(world: World): Promise<void> {
  const { api } = world;
  const chargeOf = (code: string) => ({
    meter_code: code,
    model: 'graduated',
    group_by: [GROUP],
    properties: {
      graduated_ranges: [
        { from_value: '0', to_value: '100', per_unit_amount: '0.01', flat_amount: '0' },
        { from_value: '101', to_value: null, per_unit_amount: '0.005', flat_amount: '0' },
      ],
    },
  });
  for (const [customer, meters] of Object.entries(metersOf())) {
    for (const [i, code] of meters.entries()) {
      const aggregation = { type: 'sum', field: `n${i}` };
      const event = { event_code: customer, group_by: [GROUP] };
      await api.post('/v1/meters', { code, aggregation, ...event });
    }
    const price = { currency: 'USD', interval: 'month', amount: 0 };
    const charges = meters.map(chargeOf);
    await api.post('/v1/plans', { code: customer, name: customer, ...price, charges });
    await api.post('/v1/customers', { external_id: customer, currency: 'USD' });
    await api.post('/v1/subscriptions', {
      external_id: `${customer}_sub`,
      customer_id: customer,
      plan_code: customer,
      started_at: new Date(world.month).toISOString(),
    });
  }
}

const metersOf = (): Readonly<Record<string, readonly string[]>> => ({
  one: ['one_0'],
  many: Array.from({ length: MANY }, (_, i) => `many_${i}`),
});

/** Of each group on each day that the month has had. */
export async function sendGroups(world: World): Promise<void> {
  const days = Math.max(1, Math.ceil((world.window.to - world.month) / DAY_MS));
  for (const customer of ['one', 'many']) {
    const events = Array.from({ length: manyCharges.groups * RECORDS_PER_GROUP }, (_, n) => ({
      transaction_id: `${customer}-${n}`,
      code: customer,
      customer_id: customer,
      timestamp: new Date(world.month + (n % days) * DAY_MS + (n % 24) * 1_000).toISOString(),
      properties: {
        [GROUP]: `m${n % manyCharges.groups}`,
        ...Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`n${i}`, n + i])),
      },
    }));
    for (let at = 0; at < events.length; at += BATCH) {
      const batch = { events: events.slice(at, at + BATCH) };
      const { position } = await world.api.post<{ position: number }>('/v1/events/batch', batch);
      world.position = Math.max(world.position, position);
    }
  }
}

interface CurrentUsage {
  readonly charges: readonly { readonly units: string; readonly groups_count: number }[];
}

/** Whether each charge shows what was sent for it, in all of its groups. */
export async function findWrongCharges(world: World): Promise<string[]> {
  const records = manyCharges.groups * RECORDS_PER_GROUP;
  const wrong: string[] = [];
  for (const [customer, meters] of Object.entries(metersOf())) {
    const { charges } = await world.api.get<CurrentUsage>(
      `/v1/subscriptions/${customer}_sub/current_usage`,
      world.position,
    );
    const answered = charges.map((charge) => [charge.units, charge.groups_count]);
    const sent = meters.map((_, i) => [
      String((records * (records - 1)) / 2 + records * i),
      manyCharges.groups,
    ]);
    if (JSON.stringify(answered) !== JSON.stringify(sent))
      wrong.push(`${customer}: ${JSON.stringify(answered)}`);
  }
  return wrong;
}
