import { setTimeout as sleep } from 'node:timers/promises';
import { buildServer, type BuiltServer } from './build-server.js';
import { API_KEY, MortalServer } from './mortal-server.js';

const RECORDS = 60;
const SENDERS = 8;
const TIMEOUT_MS = 300_000;
const RETRY_MS = 250;
/**
 * From the moment that the server is ready again until the last of all repeats is answered. On another machine leases and keys of the dead would be
 * held for ten seconds.
 */
const REPEATED_WITHIN_MS = 5_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

let built: BuiltServer;
let server: MortalServer;

beforeAll(async () => {
  built = await buildServer();
  server = await MortalServer.create(built);
  await server.start();
}, TIMEOUT_MS);
afterAll(async () => {
  await server.remove();
  await built.remove();
});

async function post(path: string, body: object, key?: string): Promise<Answer> {
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
}

async function record(prefix: string): Promise<void> {
  const timestamp = new Date().toISOString();
  const events = Array.from({ length: RECORDS }, (_, n) => ({
    transaction_id: `${prefix}-${n}`,
    code: 'calls',
    customer_id: 'acme',
    timestamp,
  }));
  expect((await post('/v1/events/batch', { events })).status).toBe(202);
}

const voidOf = (prefix: string, n: number): Promise<Answer> =>
  post(
    `/v1/events/${prefix}-${n}/void`,
    { customer_id: 'acme', reason: 'sent by mistake' },
    `${prefix}-void-${n}`,
  );

/** Does the work for each number, so many at once. */
async function forEach(work: (n: number) => Promise<void>): Promise<void> {
  const numbers = Array.from({ length: RECORDS }, (_, n) => n);
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) await work(n);
    }),
  );
}

async function untilVoided(
  prefix: string,
  n: number,
  turnedAway: Map<string, number>,
): Promise<void> {
  for (;;) {
    const { status, text } = await voidOf(prefix, n);
    if (status === 200) return;
    const { code } = JSON.parse(text) as { code: string };
    turnedAway.set(code, (turnedAway.get(code) ?? 0) + 1);
    await sleep(RETRY_MS);
  }
}

describe.each(['server alone', 'server and database'] as const)(
  'when SIGKILL takes the %s in the middle of voids',
  (victim) => {
    it(
      'each goes through when it is sent again with its key, without waiting for what died',
      async () => {
        const prefix = victim.replaceAll(' ', '-');
        await record(prefix);
        let answered = 0;
        const voiding = forEach(async (n) => {
          const answer = await voidOf(prefix, n).catch(() => null);
          if (answer?.status === 200) answered += 1;
        });
        while (answered < RECORDS / 4) await sleep(1);
        if (victim === 'server alone') await server.killServer();
        else await server.killServerAndDatabase();
        await voiding;
        expect(answered).toBeLessThan(RECORDS);
        await server.start();
        const startedAt = performance.now();
        const turnedAway = new Map<string, number>();
        await forEach((n) => untilVoided(prefix, n, turnedAway));
        const ms = performance.now() - startedAt;
        const codes = JSON.stringify([...turnedAway]);
        process.stderr.write(`${victim}: repeats took ${Math.round(ms)} ms, refused ${codes}\n`);
        expect(ms).toBeLessThan(REPEATED_WITHIN_MS);
      },
      TIMEOUT_MS,
    );
  },
);
