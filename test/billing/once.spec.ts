import { createBiller, numbersStreamOf, type BillerPorts } from '@odometer/billing';
import { UnknownOutcome, type EventStore } from '@odometer/event-store';
import { createPostgresEventStore } from '@odometer/event-store/postgres';
import type { InvoiceView } from '@odometer/read-models';
import {
  at,
  calls,
  openBillingWorld,
  perCall,
  planOf,
  type BillingWorld,
  type Tenant,
} from './billing-world.js';

let world: BillingWorld;
beforeAll(async () => (world = await openBillingWorld()));
afterAll(() => world.close());

const NOW = at('2026-03-01T00:00:00Z');
const CUSTOMERS = ['a', 'b', 'c'];
/** Two months for each customer. */
const INVOICES = CUSTOMERS.length * 2;

async function threeCustomers(): Promise<Tenant> {
  const tenant = world.tenant();
  await tenant.define(calls);
  await tenant.publish(planOf({ charges: [perCall('1')] }));
  for (const id of CUSTOMERS) {
    await tenant.register({ id });
    await tenant.subscribe({ startedAt: '2026-01-01T00:00:00Z', externalId: id, customerId: id });
    await tenant.use([{ customerId: id, timestamp: at('2026-01-10T00:00:00Z') }]);
  }
  await world.settle();
  return tenant;
}

const numbersOf = (invoices: readonly InvoiceView[]): (string | null)[] =>
  invoices.map(({ number }) => number).sort();

const GAPLESS = [
  'INV-000001',
  'INV-000002',
  'INV-000003',
  'INV-000004',
  'INV-000005',
  'INV-000006',
];

async function expectBilledOnce(tenant: Tenant): Promise<void> {
  const invoices = await tenant.invoices();
  expect(numbersOf(invoices)).toEqual(GAPLESS);
  expect(invoices.map(({ status }) => status)).toEqual(Array(INVOICES).fill('finalized'));
  const perCustomer = CUSTOMERS.map((id) =>
    invoices.filter(({ customerId }) => customerId === id).map(({ total }) => total),
  );
  expect(perCustomer).toEqual(CUSTOMERS.map(() => [1_000, 1_100]));
  expect(await world.store.readStream(numbersStreamOf(tenant.id))).toHaveLength(INVOICES);
}

/** A process that dies at its n-th append, before or after that is in the log; nothing of it works afterwards. */
function dyingAt(
  n: number,
  moment: 'before' | 'after',
): { ports: BillerPorts; died: () => boolean } {
  let appends = 0;
  const die = (): never => {
    throw new Error('the process is dead');
  };
  const store: EventStore = {
    ...world.store,
    append: async (...append) => {
      appends += 1;
      if (appends > n || (appends === n && moment === 'before')) die();
      const result = await world.store.append(...append);
      return appends === n ? die() : result;
    },
    head: () => (appends >= n ? die() : world.store.head()),
  };
  return { ports: { ...world.ports, store }, died: () => appends >= n };
}

describe('billing', () => {
  it('twice bills once', async () => {
    const tenant = await threeCustomers();
    const first = await world.biller.billDue({ now: NOW, tenant: tenant.id });
    expect(first).toMatchObject({ drafted: INVOICES, finalized: INVOICES, faults: [] });
    const again = await world.biller.billDue({ now: NOW, tenant: tenant.id });
    expect(again).toMatchObject({ drafted: 0, finalized: 0, faults: [] });
    await expectBilledOnce(tenant);
  });

  it('on three billers at once bills once', async () => {
    const tenant = await threeCustomers();
    const stores = [1, 2, 3].map(() =>
      createPostgresEventStore({
        pool: world.database.pool,
        connectionString: world.database.url,
      }),
    );
    const results = await Promise.all(
      stores.map((store) =>
        createBiller({ ...world.ports, store }).billDue({ now: NOW, tenant: tenant.id }),
      ),
    );
    await Promise.all(stores.map((store) => store.close()));
    expect(results.flatMap(({ faults }) => faults.map(({ error }) => error))).toEqual([]);
    await expectBilledOnce(tenant);
  });

  it('leaves alone what another biller has billed since it looked, and the period that runs', async () => {
    const tenant = await threeCustomers();
    let looked = false;
    const due: BillerPorts['schedule']['due'] = async (request) => {
      const found = await world.ports.schedule.due(request);
      if (!looked) {
        looked = true;
        await world.biller.billDue({ now: NOW, tenant: tenant.id });
        await world.settle();
      }
      return found;
    };
    const late = createBiller({ ...world.ports, schedule: { ...world.ports.schedule, due } });
    expect(await late.billDue({ now: NOW, tenant: tenant.id })).toMatchObject({
      drafted: 0,
      finalized: 0,
      faults: [],
    });
    await expectBilledOnce(tenant);
  });

  it.each([true, false])(
    'leaves no record behind that the biller before it had not seen, on invoices: %p',
    async (invoiceable) => {
      const tenant = world.tenant();
      await tenant.define(calls);
      const charge = { ...perCall('0.05'), payInAdvance: true, invoiceable };
      await tenant.publish(planOf({ amount: 0, charges: [charge] }));
      await tenant.register({ id: 'acme' });
      await tenant.subscribe({ startedAt: '2026-02-01T00:00:00Z' });
      const look = { now: at('2026-02-20T00:00:00Z'), tenant: tenant.id };
      const use = () => tenant.use([{ timestamp: at('2026-02-10T00:00:00Z') }]);

      await use();
      await world.settle();
      const first = pausedBeforeBilling();
      const firstDone = createBiller(first.ports).billDue(look);
      await first.paused;
      await use();
      const second = pausedBeforeBilling();
      const secondDone = createBiller(second.ports).billDue(look);
      await second.paused;
      first.goOn();
      await firstDone;
      second.goOn();
      const { position, faults } = await secondDone;

      expect(faults).toEqual([]);
      expect(await world.ports.waitForReadModels(position)).toBe(true);
      const billed = invoiceable ? await tenant.invoices() : await tenant.fees();
      expect(billed.map((one) => ('total' in one ? one.total : one.amount))).toEqual([5, 5]);
    },
  );

  it.each(['before', 'after'] as const)(
    'that dies at any append, %s it commits, is finished by the next run',
    async (moment) => {
      for (let n = 1; n <= INVOICES * 3; n += 1) {
        const tenant = await threeCustomers();
        const { ports, died } = dyingAt(n, moment);
        await createBiller(ports)
          .billDue({ now: NOW, tenant: tenant.id })
          .catch((error: unknown) => expect(error).toEqual(new Error('the process is dead')));
        expect(died()).toBe(true);
        const result = await world.biller.billDue({ now: NOW, tenant: tenant.id });
        expect(result.faults).toEqual([]);
        await expectBilledOnce(tenant);
      }
    },
  );

  it('survives answers that are lost', async () => {
    const tenant = await threeCustomers();
    // The first answer to each append is lost. Losing every other one of all would leave one of two that take turns without any.
    const answered = new Set<string>();
    const store: EventStore = {
      ...world.store,
      append: async (streamId, events, options) => {
        const result = await world.store.append(streamId, events, options);
        const [first] = events;
        if (first === undefined || answered.has(first.eventId)) return result;
        answered.add(first.eventId);
        throw new UnknownOutcome('the answer is lost');
      },
    };
    const result = await createBiller({ ...world.ports, store }).billDue({
      now: NOW,
      tenant: tenant.id,
    });
    expect(result).toMatchObject({ drafted: INVOICES, finalized: INVOICES, faults: [] });
    await expectBilledOnce(tenant);
  });

  it('reports a subscription that cannot be billed and goes on with the others', async () => {
    const tenant = await threeCustomers();
    await tenant.subscribe({
      startedAt: '2025-12-01T00:00:00Z',
      externalId: 'lost',
      customerId: 'a',
      planCode: 'missing',
    });
    const { drafted, finalized, faults } = await world.biller.billDue({
      now: NOW,
      tenant: tenant.id,
    });
    expect({ drafted, finalized }).toEqual({ drafted: INVOICES, finalized: INVOICES });
    expect(faults).toMatchObject([
      { item: { subscriptionId: 'lost' }, error: { name: 'NotBillable' } },
    ]);
    expect(String(faults[0]?.error)).toContain('plan missing version 1, which does not exist');
  });

  it('bills nothing while the read models are behind', async () => {
    const tenant = await threeCustomers();
    const ports = { ...world.ports, waitForReadModels: () => Promise.resolve(false) };
    await expect(createBiller(ports).billDue({ now: NOW, tenant: tenant.id })).rejects.toThrow(
      'the read models have not reached position',
    );
    expect(await tenant.invoices()).toEqual([]);
  });
});

/** Stops before the first append that bills records, until told to go on. */
function pausedBeforeBilling(): {
  readonly ports: BillerPorts;
  readonly paused: Promise<void>;
  readonly goOn: () => void;
} {
  let reached = (): void => undefined;
  let goOn = (): void => undefined;
  const paused = new Promise<void>((resolve) => (reached = resolve));
  const go = new Promise<void>((resolve) => (goOn = resolve));
  const store: EventStore = {
    ...world.store,
    append: async (...sent) => {
      reached();
      await go;
      return world.store.append(...sent);
    },
  };
  return { ports: { ...world.ports, store }, paused, goOn };
}
