import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFaultProxy, type FaultProxy } from './fault-proxy.js';

/** Answers each request with the request, twice. */
let server: Server;
let heard: string;
let proxy: FaultProxy;
let client: Peer;

/** A client, what it received, and how its connection ended. */
class Peer {
  received = '';
  ending: string | null = null;

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => (this.received += bytes.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.ending = error.code ?? 'error'));
    socket.on('close', () => (this.ending ??= 'closed'));
  }

  static async connect(): Promise<Peer> {
    const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
    const peer = new Peer(socket);
    await once(socket, 'connect');
    return peer;
  }

  write(text: string): void {
    this.socket.write(text);
  }
}

async function until(holds: () => boolean, ms = 2_000): Promise<void> {
  for (const end = Date.now() + ms; !holds() && Date.now() < end; await sleep(2));
  expect(holds()).toBe(true);
}

beforeEach(async () => {
  heard = '';
  server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString();
      socket.write(Buffer.concat([bytes, bytes]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  proxy = await createFaultProxy(`tcp://user@127.0.0.1:${port}/path`, { random: () => 0.5 });
  client = await Peer.connect();
});
afterEach(async () => {
  client.socket.destroy();
  await proxy.close();
  server.close();
});

describe('a fault proxy', () => {
  it('passes everything on until a fault is set, under the URL of the server with a port of its own', async () => {
    expect(proxy.url).toMatch(/^tcp:\/\/user@127\.0\.0\.1:\d+\/path$/);
    client.write('one');
    await until(() => client.received === 'oneone');
    expect(proxy.felt().size).toBe(0);
  });

  it('delays bytes by the latency and its jitter, and keeps their order', async () => {
    proxy.set({ kind: 'latency', ms: 50, jitterMs: 20 });
    const startedAt = performance.now();
    client.write('a');
    await sleep(10);
    client.write('b');
    await until(() => client.received === 'aabb');
    // There and back, each 50 + 0.5 × 20.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118);
    expect(proxy.felt()).toEqual(new Map([['latency', 1]]));
  });

  it('overtakes nothing when the latency ends', async () => {
    proxy.set({ kind: 'latency', ms: 80, jitterMs: 0 });
    client.write('slow');
    await sleep(10);
    proxy.set('pass');
    client.write('fast');
    await until(() => client.received.length === 16);
    expect(heard).toBe('slowfast');
  });

  it('throttles to so many bytes in a second', async () => {
    proxy.set({ kind: 'throttle', bytesPerSecond: 10_000 });
    const startedAt = performance.now();
    client.write('x'.repeat(500));
    await until(() => client.received.length === 1_000);
    // 50 ms there, and twice as much back.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(148);
    expect(proxy.felt()).toEqual(new Map([['throttle', 1]]));
  });

  it('swallows everything in a black hole, and the connection stays silent afterwards', async () => {
    proxy.set('black hole');
    client.write('lost');
    await sleep(30);
    proxy.set('pass');
    client.write('lost too');
    await sleep(30);
    expect([heard, client.received, client.ending]).toEqual(['', '', null]);
    expect(proxy.felt()).toEqual(new Map([['black hole', 1]]));
    client.socket.destroy();
    client = await Peer.connect();
    client.write('again');
    await until(() => client.received === 'againagain');
  });

  it('swallows answers only, so that the server does what it is asked', async () => {
    proxy.set('swallow answers');
    client.write('done');
    await until(() => heard === 'done');
    proxy.set('pass');
    client.write('done too');
    await until(() => heard === 'donedone too');
    expect([client.received, client.ending]).toEqual(['', null]);
  });

  it('cuts after so many bytes of the answer, counted from when that was set', async () => {
    client.write('before');
    await until(() => client.received === 'beforebefore');
    client.received = '';
    proxy.set({ kind: 'cut after', bytes: 5 });
    client.write('abcd');
    await until(() => client.ending !== null);
    expect([heard, client.received, client.ending]).toEqual(['beforeabcd', 'abcda', 'closed']);
    expect(proxy.felt()).toEqual(new Map([['cut after', 1]]));
  });

  it.each(['cut requests', 'cut answers'] as const)('closes connections: %s', async (fault) => {
    proxy.set(fault);
    client.write('one');
    await until(() => client.ending !== null);
    expect([heard, client.received]).toEqual([fault === 'cut answers' ? 'one' : '', '']);
  });

  it('refuses new connections and leaves open ones alone', async () => {
    proxy.set('refuse');
    client.write('one');
    await until(() => client.received === 'oneone');
    const second = await Peer.connect();
    await until(() => second.ending !== null);
    expect(client.ending).toBe(null);
    expect(proxy.felt()).toEqual(new Map([['refuse', 1]]));
  });

  it('resets open connections', async () => {
    // The server has to have accepted it, else there is nothing to reset.
    client.write('one');
    await until(() => client.received === 'oneone');
    proxy.reset();
    await until(() => client.ending !== null);
    expect(client.ending).toBe('ECONNRESET');
    expect(proxy.felt()).toEqual(new Map([['reset', 1]]));
  });
});
