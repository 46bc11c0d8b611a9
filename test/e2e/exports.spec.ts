import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@odometer/testing';
import { parse } from 'csv-parse';
import { buildServer, type BuiltServer } from './build-server.js';
import { startEventLog, type EventLog } from './event-log.js';
import { OdometerProcess } from './odometer-process.js';

const KEY = 'odometer-exports-key';
const RECORDS = 80_000;
const BATCH = 1_000;
const SENDERS = 4;
const START = Date.UTC(2026, 4, 1);
/** What Node may keep: far less than the records, as text or as objects. */
const HEAP_MB = 96;
/** By how much the process may grow while it sends them all; as text they are more than twice of it. */
const GROWTH_MB_MAX = 80;
const PADDING = 'lorem ipsum dolor sit amet, consectetur "adipiscing" elit; '.repeat(32);

interface Row {
  readonly transaction_id: string;
  readonly customer_id: string;
  readonly timestamp: string;
  readonly status: string;
  readonly properties: { readonly n: number; readonly text: string };
}

/** One customer has three quarters of them. They come in about in the order of time. */
const recordAt = (n: number): Omit<Row, 'status'> & { readonly code: string } => ({
  transaction_id: `t${n}`,
  code: 'calls',
  customer_id: n % 4 === 0 ? `small-${n % 100}` : 'large',
  timestamp: new Date(START + n * 1_000 + ((n * 7_919) % 60_000)).toISOString(),
  properties: { n, text: `${n} ${PADDING}` },
});

const textOf = (row: Omit<Row, 'status'>): string =>
  JSON.stringify([row.transaction_id, row.customer_id, row.timestamp, row.properties]);

/** Sees each record once, as it was sent. */
class Seen {
  private readonly records = new Uint8Array(RECORDS);
  count = 0;
  characters = 0;

  add(row: Row, characters: number): void {
    const { n } = row.properties;
    const isSame =
      textOf(row) === textOf(recordAt(n)) && row.status === 'accepted' && this.records[n] === 0;
    if (!isSame) throw new Error(`not what was sent, or once more: ${textOf(row)}`);
    this.records[n] = 1;
    this.count += 1;
    this.characters += characters;
  }
}

describe('exports of many records', () => {
  let built: BuiltServer;
  let database: TestDatabase;
  let eventLog: EventLog;
  let server: OdometerProcess;
  let position = 0;

  const start = (variables: Record<string, string> = {}): Promise<OdometerProcess> =>
    OdometerProcess.start(built, {
      ...eventLog.environment,
      DATABASE_URL: database.url,
      ODOMETER_ADMIN_KEY: KEY,
      ODOMETER_DATABASE_POOL: '8',
      LOG_LEVEL: 'warn',
      ...variables,
    });

  beforeAll(async () => {
    [built, database] = await Promise.all([buildServer(), createTestDatabase()]);
    eventLog = await startEventLog(built);
    server = await start();
    const batches = Array.from({ length: RECORDS / BATCH }, (_, at) => at * BATCH);
    const sender = async (): Promise<void> => {
      for (let first = batches.shift(); first !== undefined; first = batches.shift()) {
        const from = first;
        const events = Array.from({ length: BATCH }, (_, i) => recordAt(from + i));
        const { status, body } = await server.call('POST /v1/events/batch', { events });
        expect(status).toBe(202);
        position = Math.max(position, Number(body['position']));
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sender));
    await server.call(`GET /v1/events?limit=1&min_position=${position}`);
    await server.stop();
    server = await start({ NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
  }, 240_000);
  afterAll(async () => {
    await server.stop();
    await database.drop();
    await eventLog.stop();
    await built.remove();
  });

  const open = async (query: string): Promise<Response> =>
    fetch(`${server.address}/v1/events/export?${query}`, {
      headers: {
        authorization: `Bearer ${KEY}`,
        'odometer-min-position': String(position),
      },
    });
  const linesOf = (answer: Response): AsyncIterable<string> =>
    createInterface({ input: Readable.fromWeb(answer.body as never), crlfDelay: Infinity });

  /** The most memory that the process had while something went on, beyond what it had before. */
  const growthDuring = async (work: () => Promise<void>): Promise<number> => {
    const memory = (): Promise<number> => server.metric('process_resident_memory_bytes');
    const before = await memory();
    let most = before;
    let over = false;
    const watching = (async () => {
      while (!over) {
        most = Math.max(most, await memory());
        await sleep(50);
      }
    })();
    await work().finally(() => (over = true));
    await watching;
    return (most - before) / 1024 / 1024;
  };

  it('hold all that was sent, and take no more memory for it', async () => {
    // What a small export takes is there for good.
    await (await open('customer_id=small-0')).text();
    const seen = new Seen();
    const growth = await growthDuring(async () => {
      const answer = await open('');
      expect(answer.headers.get('odometer-export-records')).toBe(String(RECORDS));
      expect(Number(answer.headers.get('odometer-position'))).toBeGreaterThanOrEqual(position);
      for await (const line of linesOf(answer)) seen.add(JSON.parse(line) as Row, line.length);
    });
    expect(seen.count).toBe(RECORDS);
    expect(seen.characters / 1024 / 1024).toBeGreaterThan(GROWTH_MB_MAX * 2);
    expect(growth).toBeLessThan(GROWTH_MB_MAX);
  }, 240_000);

  it('hold those of one customer as CSV, newest first', async () => {
    const records = RECORDS / 10;
    const from = new Date(START + (RECORDS - records) * 1_000).toISOString();
    const answer = await open(`customer_id=large&format=csv&from=${from}`);
    const told = Number(answer.headers.get('odometer-export-records'));
    const rows = Readable.fromWeb(answer.body as never).pipe(parse({ columns: true }));
    const seen = new Seen();
    let last = '9999';
    for await (const row of rows as AsyncIterable<Record<keyof Row, string>>) {
      expect(row.timestamp <= last && row.customer_id === 'large').toBe(true);
      last = row.timestamp;
      const properties = JSON.parse(row.properties) as Row['properties'];
      seen.add({ ...row, properties }, 0);
    }
    const wanted = Array.from({ length: RECORDS }, (_, n) => recordAt(n)).filter(
      ({ customer_id: customer, timestamp }) => customer === 'large' && timestamp >= from,
    );
    expect([seen.count, told]).toEqual([wanted.length, wanted.length]);
  }, 120_000);

  it('that the server does not finish end in an error', async () => {
    const answer = await open('');
    const broken = expect(answer.text()).rejects.toThrow('terminated');
    await server.kill();
    await broken;
  });
});
