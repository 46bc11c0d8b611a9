import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';

/**
 * One kept-alive connection, one request at a time. It sends prepared bytes and reads no more of the answer than it must, because
 * the client works on the cores that the server is measured on.
 */
export class HttpConnection {
  private received: Buffer | null = null;
  private resolve: ((answer: Answer) => void) | null = null;
  private reject: ((error: Error) => void) | null = null;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.reject?.(error));
    socket.on('close', () => this.reject?.(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new HttpConnection(socket));
      });
    });
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.socket.write(request);
    });
  }

  close(): void {
    this.reject = null;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received = this.received === null ? chunk : Buffer.concat([this.received, chunk]);
    const end = this.received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.received.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    if (length === null) {
      this.reject?.(new Error(`an answer without a length: ${head}`));
      return;
    }
    const start = end + HEAD_END.length;
    if (this.received.length < start + Number(length[1])) return;
    const answer = {
      status: Number(head.slice(9, 12)),
      body: this.received.toString('utf8', start),
    };
    this.received = null;
    this.resolve?.(answer);
  }
}

export interface RequestHead {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a request. */
export function requestBytes({ method, path, key, headers = {} }: RequestHead, body = ''): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${key}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  if (method === 'POST') {
    lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  }
  return Buffer.from(lines.join('\r\n') + HEAD_END + body);
}
