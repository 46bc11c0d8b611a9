import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom, type Random } from '../bench/seeded-random.js';
import { buildServer, type BuiltServer } from './build-server.js';
import { contradictions, COUNT_METER, CrashAudit, SUM_METER, sumOf } from './crash-audit.js';
import { CrashLoad, sendRecords, type LifeLedger, type SentRecord } from './crash-load.js';
import { MortalServer } from './mortal-server.js';

/** Repeats the moments of a run: CRASH_SEED=… npm test -- crash. */
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const ROUNDS = 10;
const CUSTOMERS_PER_ROUND = 3;
const LIFE_MS_MIN = 30;
const LIFE_MS_MAX = 700;
const RETRY_RECORDS = 500;
const TIMEOUT_MS = 300_000;

type Victim = 'server alone' | 'server and database';

interface History {
  readonly acknowledged: number;
  /** Records whose sender never learned what became of them before the retry. */
  readonly open: number;
  /** Of those, what the log had all the same. */
  readonly openButStored: number;
  readonly contradictions: readonly string[];
}

let built: BuiltServer;
let histories: Record<Victim, History>;

beforeAll(async () => {
  process.stderr.write(`CRASH_SEED=${SEED}\n`);
  built = await buildServer();
  const [alone, together] = await Promise.all([
    live('server alone', seededRandom(SEED)),
    live('server and database', seededRandom(SEED + 1)),
  ]);
  histories = { 'server alone': alone, 'server and database': together };
}, TIMEOUT_MS);

afterAll(() => built.remove());

describe.each<Victim>(['server alone', 'server and database'])(
  `when SIGKILL takes the %s under load, ${ROUNDS} times`,
  (victim) => {
    it('counts each acknowledged record once, and none that was never sent', () => {
      expect(histories[victim].contradictions).toEqual([]);
    });

    it('was hit in the middle of its work', () => {
      expect(histories[victim].acknowledged).toBeGreaterThan(0);
      expect(histories[victim].open).toBeGreaterThan(0);
    });
  },
);

/** One server through all its deaths. */
async function live(victim: Victim, random: Random): Promise<History> {
  const server = await MortalServer.create(built);
  const audit = new CrashAudit(() => server.url);
  const everything: SentRecord[] = [];
  const history = { acknowledged: 0, open: 0, openButStored: 0, contradictions: [] as string[] };
  try {
    await server.start();
    await audit.setUp();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const customers = Array.from({ length: CUSTOMERS_PER_ROUND }, (_, at) => `c${round}-${at}`);
      const ledger = await dieUnderLoad(server, victim, { customers, random });
      await server.start();
      const found = await checkLife(server, audit, { customers, ledger, history });
      everything.push(...ledger.sent.values());
      found.push(...(await checkTotals(audit, everything, ledger.position)));
      history.contradictions.push(...found.map((text) => `round ${round}, seed ${SEED}: ${text}`));
    }
    return history;
  } finally {
    await server.remove();
  }
}

async function dieUnderLoad(
  server: MortalServer,
  victim: Victim,
  { customers, random }: { readonly customers: readonly string[]; readonly random: Random },
): Promise<LifeLedger> {
  const load = new CrashLoad(server.url, customers, random);
  const lifetime = LIFE_MS_MIN + random.below(LIFE_MS_MAX - LIFE_MS_MIN);
  const running = load.run();
  await sleep(lifetime);
  if (victim === 'server alone') await server.killServer();
  else await server.killServerAndDatabase();
  load.end();
  return running;
}

/** Before and after what was left open is sent again with the same ids. */
async function checkLife(
  server: MortalServer,
  audit: CrashAudit,
  life: {
    readonly customers: readonly string[];
    readonly ledger: LifeLedger;
    readonly history: { acknowledged: number; open: number; openButStored: number };
  },
): Promise<string[]> {
  const { customers, ledger, history } = life;
  const before = await audit.shown(customers, ledger.position);
  const found = contradictions(ledger, before);
  const open = [...ledger.sent.values()].filter(
    ({ transaction_id: id }) => !ledger.acknowledged.has(id),
  );
  history.acknowledged += ledger.acknowledged.size;
  history.open += open.length;
  history.openButStored += open.filter(({ transaction_id: id }) => before.listed.has(id)).length;
  for (let at = 0; at < open.length; at += RETRY_RECORDS) {
    await sendRecords(server.url, open.slice(at, at + RETRY_RECORDS), ledger);
  }
  if (ledger.acknowledged.size !== ledger.sent.size) found.push('a retry was not acknowledged');
  const after = await audit.shown(customers, ledger.position);
  return [...found, ...contradictions(ledger, after)];
}

/** Over all customers and all lives so far. */
async function checkTotals(
  audit: CrashAudit,
  everything: readonly SentRecord[],
  position: number,
): Promise<string[]> {
  const count = await audit.total(COUNT_METER, position);
  const sum = await audit.total(SUM_METER, position);
  const found: string[] = [];
  if (count !== everything.length) found.push(`${count} count in all, ${everything.length} sent`);
  if (sum !== sumOf(everything)) found.push(`${sum} is the sum of all, ${sumOf(everything)} sent`);
  return found;
}
