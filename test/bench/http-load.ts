import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection, requestBytes, type Answer } from './http-connection.js';
import { makeStream, type StreamOptions, type UsageLine } from './records.js';
import { percentile } from './spread.js';
import { tallyOf, type Tally } from './tally.js';
import { serveTask } from './task.js';

export interface HttpLoad {
  readonly port: number;
  readonly key: string;
  readonly connections: number;
  readonly send:
    | { readonly kind: 'batches' | 'singles'; readonly stream: StreamOptions }
    | { readonly kind: 'empty'; readonly requests: number }
    | { readonly kind: 'gets'; readonly paths: readonly string[]; readonly minPosition: number }
    | { readonly kind: 'posts'; readonly path: string; readonly bodies: readonly string[] };
  /** Requests in a second; as fast as answers come when absent. */
  readonly perSecond?: number;
  /** Asked with the position of the last answer when all is sent; the load is visible when this is answered. */
  readonly visibleAt?: string;
}

export interface HttpLoadResult {
  /** Until the last answer. */
  readonly elapsedMs: number;
  /** Until the usage was visible; equal to `elapsedMs` when nobody asked. */
  readonly visibleMs: number;
  readonly requests: number;
  /** Requests that had to be sent again because the server asked for patience, by status. */
  readonly postponed: number;
  readonly position: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Of the records alone, without what surrounds them. */
  readonly jsonBytes: number;
  readonly tally: Tally;
}

export const BATCH_RECORDS = 1_000;
const PATIENCE_MS = 20;

serveTask<HttpLoad, HttpLoadResult>(async (load) => {
  const prepared = prepare(load);
  const connections = await Promise.all(
    Array.from({ length: load.connections }, () => HttpConnection.open(load.port)),
  );
  const run = new LoadRun(load, prepared, connections);
  return async () => {
    const result = await run.run();
    connections.forEach((connection) => connection.close());
    return result;
  };
});

interface Prepared {
  readonly requests: readonly Buffer[];
  readonly jsonBytes: number;
  readonly tally: Tally;
}

function prepare({ send, key }: HttpLoad): Prepared {
  if ('stream' in send) {
    const { lines, old } = makeStream(send.stream);
    const jsonBytes = lines.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    const requests = send.kind === 'batches' ? batches(lines, key) : singles(lines, key);
    return { requests, jsonBytes, tally: tallyOf(lines, old) };
  }
  return { requests: otherRequests(send, key), jsonBytes: 0, tally: new Map() };
}

function batches(lines: readonly UsageLine[], key: string): Buffer[] {
  const requests: Buffer[] = [];
  for (let at = 0; at < lines.length; at += BATCH_RECORDS) {
    const records = lines.slice(at, at + BATCH_RECORDS).map(({ json }) => json);
    const body = `{"events":[${records.join(',')}]}`;
    requests.push(requestBytes({ method: 'POST', path: '/v1/events/batch', key }, body));
  }
  return requests;
}

const singles = (lines: readonly UsageLine[], key: string): Buffer[] =>
  lines.map(({ json }) => requestBytes({ method: 'POST', path: '/v1/events', key }, json));

function otherRequests(
  send: Exclude<HttpLoad['send'], { readonly stream: StreamOptions }>,
  key: string,
): Buffer[] {
  if (send.kind === 'empty') {
    const request = requestBytes({ method: 'POST', path: '/', key }, '{}');
    return Array.from({ length: send.requests }, () => request);
  }
  if (send.kind === 'posts') {
    const { path, bodies } = send;
    return bodies.map((body) => requestBytes({ method: 'POST', path, key }, body));
  }
  const headers = { 'Odometer-Min-Position': String(send.minPosition) };
  return send.paths.map((path) => requestBytes({ method: 'GET', path, key, headers }));
}

class LoadRun {
  private startedAt = 0;
  private next = 0;
  private position = 0;
  private postponed = 0;
  private readonly latencies: number[] = [];

  constructor(
    private readonly load: HttpLoad,
    private readonly prepared: Prepared,
    private readonly connections: readonly HttpConnection[],
  ) {}

  async run(): Promise<HttpLoadResult> {
    const start = performance.now();
    this.startedAt = start;
    await Promise.all(this.connections.map((connection) => this.work(connection)));
    const elapsedMs = performance.now() - start;
    await this.waitUntilVisible();
    const latencies = this.latencies.sort((a, b) => a - b);
    return {
      elapsedMs,
      visibleMs: performance.now() - start,
      requests: this.prepared.requests.length,
      postponed: this.postponed,
      position: this.position,
      p50Ms: percentile(latencies, 0.5),
      p95Ms: percentile(latencies, 0.95),
      p99Ms: percentile(latencies, 0.99),
      jsonBytes: this.prepared.jsonBytes,
      tally: this.prepared.tally,
    };
  }

  private async work(connection: HttpConnection): Promise<void> {
    const { requests } = this.prepared;
    while (this.next < requests.length) {
      const at = this.next;
      const request = requests[at]!;
      this.next += 1;
      const start = await this.whenDue(at);
      const { body } = await this.insist(connection, request);
      this.latencies.push(performance.now() - start);
      const position = /"position":(\d+)/.exec(body);
      if (position) this.position = Math.max(this.position, Number(position[1]));
    }
  }

  /**
   * Waits for a request's turn and answers the moment from which its answer is waited for: that of the turn itself when every connection was busy
   * then, so that slow answers hide nothing of what they held up.
   */
  private async whenDue(at: number): Promise<number> {
    const { perSecond } = this.load;
    const now = performance.now();
    if (perSecond === undefined) return now;
    const due = this.startedAt + (at / perSecond) * 1_000;
    if (due <= now) return due;
    await sleep(due - now);
    return performance.now();
  }

  /** Sends until it is taken: a full queue (429) or a read model on its way (503) asks for patience, all else is a failure. */
  private async insist(connection: HttpConnection, request: Buffer): Promise<Answer> {
    for (;;) {
      const answer = await connection.send(request);
      if (answer.status < 300) return answer;
      if (answer.status !== 429 && answer.status !== 503) {
        throw new Error(`${request.toString('utf8', 0, 80)} → ${answer.status} ${answer.body}`);
      }
      this.postponed += 1;
      await sleep(PATIENCE_MS);
    }
  }

  private async waitUntilVisible(): Promise<void> {
    const { visibleAt, key } = this.load;
    if (visibleAt === undefined) return;
    const headers = { 'Odometer-Min-Position': String(this.position) };
    const request = requestBytes({ method: 'GET', path: visibleAt, key, headers });
    await this.insist(this.connections[0]!, request);
  }
}
