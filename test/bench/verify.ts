import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from './api.js';
import {
  balancesPath,
  COUNT_METER,
  FEATURE,
  sampleRanks,
  SUM_METER,
  usagePath,
} from './catalog.js';
import { customerOf } from './records.js';
import { totalOf, type Used } from './tally.js';
import type { World } from './world.js';

/** Whatever the API answers otherwise than it must after what was sent; empty when all is right. */
export async function findMismatches(world: World): Promise<string[]> {
  const { api, position } = world;
  const mismatches: string[] = [];
  const compare = (what: string, answered: unknown, sent: unknown): void => {
    if (answered !== sent)
      mismatches.push(`${what}: answered ${String(answered)}, sent ${String(sent)}`);
  };
  const total = totalOf(world.sent);
  compare('all customers, count', await usageTotal(world, COUNT_METER), String(total.count));
  compare('all customers, sum', await usageTotal(world, SUM_METER), String(total.bytes));
  for (const rank of sampleRanks(world.options.customers)) {
    const customer = customerOf(rank);
    const { count, bytes }: Used = world.sent.get(customer) ?? { count: 0, bytes: 0 };
    compare(`${customer}, count`, await usageTotal(world, COUNT_METER, customer), String(count));
    compare(`${customer}, sum`, await usageTotal(world, SUM_METER, customer), String(bytes));
    compare(`${customer}, balance`, await balanceUsed(api, customer, position), String(count));
  }
  return mismatches;
}

async function usageTotal(world: World, meter: string, customer?: string): Promise<string> {
  const path = usagePath(meter, world.window, customer);
  const { total } = await world.api.get<{ total: string }>(path, world.position);
  return total;
}

interface Balances {
  readonly data: readonly { readonly feature_code: string; readonly used: string }[];
}

async function balanceUsed(
  api: Api,
  customer: string,
  position: number,
): Promise<string | undefined> {
  const { data } = await api.get<Balances>(balancesPath(customer), position);
  return data.find(({ feature_code }) => feature_code === FEATURE)?.used;
}

const DURABLE: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};
const PROBES = 20;

/** Whether PostgreSQL was told to keep what it commits, and whether an answer really comes after the flush. No read model may be at work. */
export async function findLackOfDurability(world: World): Promise<string[]> {
  const settings = await world.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')`,
  );
  const lacks = settings
    .filter(({ name, setting }) => DURABLE[name] !== setting)
    .map(({ name, setting }) => `${name} is ${setting}`);
  const unflushed: number[] = [];
  for (let probe = 1; probe <= PROBES; probe += 1) {
    const [before] = await world.query<{ lsn: string }>(
      'SELECT pg_current_wal_insert_lsn()::text AS lsn',
    );
    await world.send('singles', world.newStream(1), { connections: 1, untilVisible: false });
    // The commit lies behind what was written before it, so that much at least was flushed before the answer, whatever else PostgreSQL writes meanwhile.
    const [wal] = await world.query<{ flushed: boolean }>(
      `SELECT pg_current_wal_flush_lsn() > '${before!.lsn}'::pg_lsn AS flushed`,
    );
    if (wal?.flushed !== true) unflushed.push(probe);
    await sleep(10);
  }
  if (unflushed.length > 0)
    lacks.push(`answers ${unflushed.join(', ')} of ${PROBES} came before the flush`);
  return lacks;
}
