import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import type { Fault, FaultKind } from './fault.js';
import { ProxiedLink } from './proxied-link.js';

export interface FaultProxy {
  /** The given URL, through the proxy. */
  readonly url: string;
  /** Holds for connections that are open and for new ones, until it is set again. */
  set(fault: Fault): void;
  /** Closes every open connection now. */
  cut(): void;
  /** Breaks every open connection now, with a TCP reset. */
  reset(): void;
  /** How many connections felt each kind of fault so far. */
  felt(): ReadonlyMap<FaultKind, number>;
  close(): Promise<void>;
}

interface FaultProxyOptions {
  /** From 0 to 1, for the jitter of latency: a seeded one makes a run repeatable. */
  readonly random?: () => number;
}

/** A TCP proxy on 127.0.0.1 before the server of a URL, which breaks connections at the moment a test wants. */
export async function createFaultProxy(
  targetUrl: string,
  { random = Math.random }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const links = new Set<ProxiedLink>();
  const felt = new Map<FaultKind, number>();
  let fault: Fault = 'pass';

  const server = createServer((client) => {
    const link = new ProxiedLink(client, connect(Number(target.port), target.hostname), {
      random,
      fault: () => fault,
      onFelt: (kind) => felt.set(kind, (felt.get(kind) ?? 0) + 1),
      onClosed: () => links.delete(link),
    });
    links.add(link);
    link.open();
  });

  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(await listen(server));
  const each = (work: (link: ProxiedLink) => void): void => [...links].forEach(work);
  return {
    url: url.href,
    set: (next) => {
      fault = next;
      each((link) => link.begin());
    },
    cut: () => each((link) => link.cut()),
    reset: () => each((link) => link.reset()),
    felt: () => felt,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        each((link) => link.cut());
      }),
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
