import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import { sendExport } from './send-export.js';

interface Row {
  readonly text: string;
}

const ROW = { text: 'x'.repeat(1_000) };
const PAGE = Array.from({ length: 1_000 }, () => ROW);

/** What a server made of its pages. */
class Pages {
  read = 0;
  ended = false;

  async *of(pages: number, failAt = Number.POSITIVE_INFINITY): AsyncGenerator<readonly Row[]> {
    try {
      while (this.read < pages) {
        await sleep(0);
        if (this.read === failAt) throw new Error('the log is gone');
        this.read += 1;
        yield PAGE;
      }
    } finally {
      this.ended = true;
    }
  }
}

describe('an export on its way', () => {
  let server: FastifyInstance;
  let pages: Pages;

  const serve = async (make: () => AsyncGenerator<readonly Row[]>, stallMs?: number) => {
    server = fastify();
    server.get('/', (request, reply) => {
      const shape = { name: 'things', json: (row: Row) => row, columns: [] };
      const progress = { 'odometer-export-records': 7 };
      const answer = { format: 'ndjson', shape, pages: make(), position: 5, progress } as const;
      void sendExport(request, reply, answer, stallMs).catch((error: unknown) => reply.send(error));
    });
    return server.listen({ port: 0, host: '127.0.0.1' });
  };
  const ask = async (url: string): Promise<IncomingMessage> => {
    const [answer] = (await once(get(url), 'response')) as [IncomingMessage];
    return answer;
  };
  const until = async (met: () => boolean): Promise<void> => {
    for (let n = 0; n < 400 && !met(); n += 1) await sleep(10);
    expect(met()).toBe(true);
  };

  beforeEach(() => (pages = new Pages()));
  afterEach(() => server.close());

  it('tells what it is before it begins', async () => {
    const url = await serve(() => pages.of(2));
    const answer = await fetch(url);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'content-disposition': 'attachment; filename="things.ndjson"',
      'odometer-position': '5',
      'odometer-export-records': '7',
    });
    expect((await answer.text()).split('\n')).toHaveLength(2_001);
  });

  it('waits for a client that takes nothing, and reads no further', async () => {
    const url = await serve(() => pages.of(1_000));
    const answer = await ask(url);
    await until(() => pages.read > 0);
    await sleep(300);
    const read = pages.read;
    await sleep(300);
    // Buffers of the two sockets hold some megabytes; nothing like a gigabyte.
    expect([pages.read, read < 50]).toEqual([read, true]);
    answer.destroy();
    await until(() => pages.ended);
  });

  it('is cut off when its client takes nothing for too long', async () => {
    const url = await serve(() => pages.of(1_000), 200);
    const answer = await ask(url);
    await until(() => pages.ended);
    answer.resume();
    await expect(once(answer, 'end')).rejects.toThrow('aborted');
  });

  it('that fails on its way breaks the connection', async () => {
    const url = await serve(() => pages.of(9, 3));
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  it('that fails before it begins is an answer of its own', async () => {
    const url = await serve(() => pages.of(9, 0));
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toEqual([
      500,
      expect.stringContaining('the log is gone'),
    ]);
  });

  it('is not read on when its client goes', async () => {
    const url = await serve(() => pages.of(100_000));
    const answer = await ask(url);
    await once(answer, 'data');
    answer.destroy();
    await until(() => pages.ended);
    expect(pages.read).toBeLessThan(1_000);
  });
});
