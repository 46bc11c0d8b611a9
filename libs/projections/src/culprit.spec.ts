import type { RecordedEvent } from '@odometer/event-store';
import type { ProjectionFault } from './engine-options.js';
import type { ProjectionEngine } from './engine.js';
import { sendTo, type SqlClient } from './projection.js';
import {
  added,
  append,
  eventually,
  readThrough,
  tally,
  tallyWorld,
  totals,
} from './tally.fixture.js';

const world = tallyWorld();

const EVENTS = 1_000;
/** Several pages, which one transaction takes. */
const LIMITS = { batchEvents: 300, behindMs: 60_000 };

interface Trouble {
  /** Called with each event, and with the positions that its transaction has taken in by then. */
  readonly onEvent?: (
    event: RecordedEvent,
    sql: SqlClient,
    open: readonly number[],
  ) => Promise<void> | void;
  /** Called at the end of a transaction. */
  readonly onFlush?: (open: readonly number[]) => void;
}

interface Followed {
  readonly engine: ProjectionEngine;
  readonly faults: ProjectionFault[];
  /** Events of each transaction, up to where it failed. */
  readonly tries: number[];
  readonly failures: () => number;
}

/** An engine that has begun to follow a log of so many events, each of which adds 1: the total tells how many were applied, and none twice. */
async function follow(
  { onEvent, onFlush }: Trouble,
  { events = EVENTS, store = world.store } = {},
): Promise<Followed> {
  const faults: ProjectionFault[] = [];
  const tries: number[] = [];
  let failures = 0;
  let open: number[] = [];
  const ended = (): void => {
    tries.push(open.length);
    open = [];
  };
  const noted = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures += 1;
      ended();
      throw error;
    }
  };
  const projection = tally({
    before: (event, sql) =>
      noted(() => {
        open.push(event.position);
        return onEvent?.(event, sql, open);
      }),
    flush: async () => {
      await noted(() => onFlush?.(open));
      ended();
    },
  });
  await append(world.store, 'adder-1', ...Array.from({ length: events }, () => added('a', 1)));
  const onFault = (fault: ProjectionFault): void => void faults.push(fault);
  const engine = world.engine({ store, projections: [projection], onFault, limits: LIMITS });
  await engine.start();
  return { engine, faults, tries, failures: () => failures };
}

const failingAt =
  (...positions: number[]) =>
  ({ position }: RecordedEvent): void => {
    if (positions.includes(position)) throw new Error('no such shape');
  };

const named = async ({ faults }: Followed): Promise<unknown[]> => {
  await eventually(() => faults.length > 0);
  return faults.map(({ position, error }) => [position, error.message]);
};

/** How often all events are halved until one is left. */
const HALVINGS = Math.ceil(Math.log2(EVENTS));

describe('an event of a long transaction that cannot be applied', () => {
  it.each([
    { name: 'the first', position: 1, failures: 10 },
    { name: 'the one in the middle', position: 500, failures: 7 },
    { name: 'the last', position: 1_000, failures: 2 },
  ])('is named after $failures tries that fail: $name of 1,000', async ({ position, failures }) => {
    const followed = await follow({ onEvent: failingAt(position) });
    expect(await named(followed)).toEqual([[position, 'no such shape']]);
    expect(followed.failures()).toBe(failures);
    expect(followed.tries.length).toBeLessThanOrEqual(HALVINGS + 2);
    const [shard] = (await followed.engine.status()).projections[0]!.shards;
    expect(shard).toMatchObject({
      position: position - 1,
      fault: { text: `Added at ${position}: no such shape`, position },
    });
    expect((await totals(world.database))['a'] ?? 0).toBe(position - 1);
  });

  it('is the first of several', async () => {
    const followed = await follow({ onEvent: failingAt(300, 301, 777) });
    expect(await named(followed)).toEqual([[300, 'no such shape']]);
    expect(followed.tries.length).toBeLessThanOrEqual(HALVINGS + 2);
    expect(await totals(world.database)).toEqual({ a: 299 });
  });

  it('is named where only the end of a transaction shows it', async () => {
    const followed = await follow({
      onEvent: async ({ position }, sql) => {
        if (position === 700) await sendTo(sql, 'SELECT 1 / 0');
      },
    });
    expect(await named(followed)).toEqual([[700, 'division by zero']]);
    expect(await totals(world.database)).toEqual({ a: 699 });
  });

  it('is named although the database goes away while it is looked for', async () => {
    let away = 2;
    const followed = await follow({
      onEvent: (event, _, open) => {
        failingAt(700)(event);
        // Never in the first transaction, which has more.
        if (event.position !== 600 || open.length > 200 || away === 0) return;
        away -= 1;
        throw Object.assign(new Error('terminating connection'), { code: '57P01' });
      },
    });
    expect(await named(followed)).toEqual([[700, 'no such shape']]);
    expect(away).toBe(0);
    expect(followed.tries.length).toBeLessThanOrEqual(HALVINGS + 4);
    expect(await totals(world.database)).toEqual({ a: 699 });
  });

  it('is looked for in pages that hold no more than those it may be', async () => {
    const pages: (number | undefined)[] = [];
    const store = readThrough(world.store, ({ after, limit }) => {
      if (after === 0) pages.push(limit);
    });
    const followed = await follow({ onEvent: failingAt(1) }, { events: 16, store });
    expect(await named(followed)).toEqual([[1, 'no such shape']]);
    expect(pages).toEqual([300, 16, 8, 4, 2]);
  });
});

describe('a long transaction that fails for no event alone', () => {
  it('is applied in parts where two of its events cannot be written together', async () => {
    const onFlush = (open: readonly number[]): void => {
      if (open.includes(300) && open.includes(301)) throw new Error('not both');
    };
    const followed = await follow({ onFlush });
    expect(await followed.engine.waitFor('all', EVENTS, 20_000)).toBe(true);
    expect(followed.faults).toEqual([]);
    expect(followed.failures()).toBeGreaterThan(1);
    expect(followed.tries.length).toBeLessThanOrEqual(3 * HALVINGS);
    expect(await totals(world.database)).toEqual({ a: EVENTS });
  });

  it('is applied in parts where what went wrong does not come back', async () => {
    let failures = 1;
    const followed = await follow({
      onEvent: ({ position }) => {
        if (position !== 900 || failures === 0) return;
        failures -= 1;
        throw new TypeError('not today');
      },
    });
    expect(await followed.engine.waitFor('all', EVENTS, 20_000)).toBe(true);
    expect(followed.faults).toEqual([]);
    expect(followed.failures()).toBe(1);
    expect(followed.tries.length).toBeLessThanOrEqual(3 * HALVINGS);
    expect(await totals(world.database)).toEqual({ a: EVENTS });
  });
});
