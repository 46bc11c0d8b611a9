import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BuiltServer } from './build-server.js';

const START_MS = 60_000;
const STOP_MS = 20_000;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One process of several that share a database: started with a role, killed, stopped or frozen as a test wants. */
export class OdometerProcess {
  private output = '';
  private url = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly key: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** Resolves when it serves; one that does not come to that is killed. `ODOMETER_ADMIN_KEY` has to be among the variables. */
  static async start(
    built: BuiltServer,
    variables: Readonly<Record<string, string>>,
  ): Promise<OdometerProcess> {
    const child = spawn(process.execPath, [built.main], {
      env: { ...process.env, NODE_OPTIONS: '', PORT: '0', HOST: '127.0.0.1', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new OdometerProcess(child, variables['ODOMETER_ADMIN_KEY'] ?? '');
    try {
      await started.whenListening();
    } catch (error) {
      await started.kill();
      throw error;
    }
    return started;
  }

  /** `call('POST /v1/events', {…})`. */
  async call(request: string, body?: object): Promise<Answer> {
    const [method = 'GET', path = '/'] = request.split(' ');
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text) as Record<string, unknown> };
  }

  /** A number of `/metrics`, by the line that it stands in. Zero when it is not told. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.slice(name.length) ?? 0);
  }

  /** All that `/metrics` tells under a name, by the labels as they stand in the text. */
  async metrics(name: string): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = [...text.matchAll(/^(\w+)\{([^}]*)\} (\S+)$/gm)];
    return new Map(found.filter((one) => one[1] === name).map((one) => [one[2]!, Number(one[3])]));
  }

  /** Where it listens. */
  get address(): string {
    return this.url;
  }

  get isAlive(): boolean {
    return !this.isOver();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** What it wrote to its outputs so far. */
  get log(): string {
    return this.output;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Asks it to end; answers its exit code. */
  async stop(): Promise<number | null> {
    if (this.isOver()) return this.child.exitCode;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    if ((await Promise.race([ended, sleep(STOP_MS, 'late', { ref: false })])) === 'late') {
      await this.kill();
    }
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    if (this.isOver()) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async whenListening(): Promise<void> {
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(25)) {
      const port = /listens on http:\/\/localhost:(\d+)/.exec(this.output)?.[1];
      if (port !== undefined) {
        this.url = `http://127.0.0.1:${port}`;
        return;
      }
      if (this.isOver()) break;
    }
    throw new Error(`the process did not start: ${this.output}`);
  }
}
