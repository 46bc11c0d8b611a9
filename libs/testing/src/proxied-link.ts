import type { Socket } from 'node:net';
import { kindOf, type Fault, type FaultKind } from './fault.js';
import { SlowPipe } from './slow-pipe.js';

interface LinkOptions {
  readonly random: () => number;
  /** The fault of this moment. */
  readonly fault: () => Fault;
  readonly onFelt: (kind: FaultKind) => void;
  readonly onClosed: () => void;
}

/** One connection of a client to the server, with the proxy in the middle. */
export class ProxiedLink {
  private readonly requests: SlowPipe;
  private readonly answers: SlowPipe;
  private readonly felt = new Set<FaultKind>();
  /** Bytes of answers since the fault of this moment was set. */
  private answered = 0;
  private silent: 'nothing' | 'answers' | 'everything' = 'nothing';

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    private readonly options: LinkOptions,
  ) {
    this.requests = new SlowPipe(client, upstream);
    this.answers = new SlowPipe(upstream, client);
  }

  open(): void {
    const { client, upstream, options } = this;
    for (const socket of [client, upstream]) {
      socket.on('error', () => this.cut());
      socket.on('close', () => {
        options.onClosed();
        this.cut();
      });
    }
    client.on('data', (bytes: Buffer) => this.request(bytes));
    upstream.on('data', (bytes: Buffer) => this.answer(bytes));
    if (options.fault() === 'refuse') {
      this.feel('refuse');
      this.cut();
    }
  }

  /** Another fault holds from now on. */
  begin(): void {
    this.answered = 0;
    this.felt.clear();
  }

  cut(): void {
    this.requests.close();
    this.answers.close();
    this.client.destroy();
    this.upstream.destroy();
  }

  reset(): void {
    this.feel('reset');
    this.client.resetAndDestroy();
    this.upstream.resetAndDestroy();
    this.cut();
  }

  private request(bytes: Buffer): void {
    const fault = this.options.fault();
    if (fault === 'cut requests') {
      this.feel(fault);
      this.cut();
    } else if (this.silent === 'everything' || fault === 'black hole') this.swallow('everything');
    else this.pass(this.requests, bytes, fault);
  }

  private answer(bytes: Buffer): void {
    const fault = this.options.fault();
    if (fault === 'cut answers') {
      this.feel(fault);
      this.cut();
    } else if (this.silent === 'everything' || fault === 'black hole') this.swallow('everything');
    else if (this.silent === 'answers' || fault === 'swallow answers') this.swallow('answers');
    else if (typeof fault === 'object' && fault.kind === 'cut after') this.cutAfter(fault, bytes);
    else this.pass(this.answers, bytes, fault);
  }

  private swallow(what: 'answers' | 'everything'): void {
    this.silent = what;
    const fault = this.options.fault();
    if (fault === 'black hole' || fault === 'swallow answers') this.feel(fault);
  }

  private cutAfter(fault: { readonly bytes: number }, bytes: Buffer): void {
    const left = fault.bytes - this.answered;
    this.answered += bytes.length;
    if (bytes.length <= left) return this.answers.send(bytes, { ms: 0, bytesPerSecond: Infinity });
    this.feel('cut after');
    // What was written is sent before the end; what the client asks for meanwhile is still heard by the server.
    this.client.end(bytes.subarray(0, Math.max(left, 0)), () => this.cut());
  }

  private pass(pipe: SlowPipe, bytes: Buffer, fault: Fault): void {
    if (typeof fault !== 'object' || fault.kind === 'cut after') {
      return pipe.send(bytes, { ms: 0, bytesPerSecond: Infinity });
    }
    this.feel(kindOf(fault));
    if (fault.kind === 'throttle') {
      return pipe.send(bytes, { ms: 0, bytesPerSecond: fault.bytesPerSecond });
    }
    const ms = fault.ms + this.options.random() * fault.jitterMs;
    return pipe.send(bytes, { ms, bytesPerSecond: Infinity });
  }

  private feel(kind: FaultKind): void {
    if (this.felt.has(kind)) return;
    this.felt.add(kind);
    this.options.onFelt(kind);
  }
}
