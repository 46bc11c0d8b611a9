import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * What happens to bytes on their way. `pass`: nothing. `cut requests`: the connection breaks before the server hears the next
 * request. `cut answers`: the server does what it is asked, and the connection breaks before the answer. `swallow answers`: the
 * server does what it is asked, and nothing is ever heard again. `refuse`: new connections break at once.
 */
export type Fault = 'pass' | 'cut requests' | 'cut answers' | 'swallow answers' | 'refuse';

export interface FaultProxy {
  /** The given URL, through the proxy. */
  readonly url: string;
  /** Holds for connections that are open and for new ones, until it is set again. */
  set(fault: Fault): void;
  /** Breaks every open connection now. */
  cut(): void;
  close(): Promise<void>;
}

/** A TCP proxy on 127.0.0.1 before the server of a URL, which breaks connections at the moment a test wants. */
export async function createFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let fault: Fault = 'pass';

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const breakBoth = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', breakBoth);
      socket.on('close', () => {
        sockets.delete(socket);
        breakBoth();
      });
    }
    if (fault === 'refuse') breakBoth();
    client.on('data', (bytes) => {
      if (fault === 'cut requests') breakBoth();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (fault === 'cut answers') breakBoth();
      else if (fault !== 'swallow answers') client.write(bytes);
    });
  });

  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(await listen(server));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    set: (next) => {
      fault = next;
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
