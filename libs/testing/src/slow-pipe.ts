import type { Socket } from 'node:net';

interface Pace {
  /** On the way. */
  readonly ms: number;
  readonly bytesPerSecond: number;
}

/** Bytes that may be under way before the sender is made to wait. */
const UNDER_WAY_MAX = 1024 * 1024;

/** One direction of a connection. Bytes come in the order in which they were sent, however slowly. */
export class SlowPipe {
  private readonly underWay: { readonly bytes: Buffer; readonly at: number }[] = [];
  private bytes = 0;
  private lastAt = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {}

  send(bytes: Buffer, { ms, bytesPerSecond }: Pace): void {
    const now = performance.now();
    const at = Math.max(now + ms, this.lastAt) + (bytes.length * 1_000) / bytesPerSecond;
    if (at <= now && this.underWay.length === 0) {
      this.to.write(bytes);
      return;
    }
    this.lastAt = at;
    this.bytes += bytes.length;
    this.underWay.push({ bytes, at });
    if (this.bytes > UNDER_WAY_MAX) this.from.pause();
    this.wake();
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.underWay.length = 0;
  }

  private wake(): void {
    const [next] = this.underWay;
    if (this.timer !== null || next === undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.deliver();
        this.wake();
      },
      Math.max(next.at - performance.now(), 0),
    );
  }

  private deliver(): void {
    for (let next = this.underWay[0]; next !== undefined; next = this.underWay[0]) {
      if (next.at > performance.now()) break;
      this.underWay.shift();
      this.bytes -= next.bytes.length;
      this.to.write(next.bytes);
    }
    if (this.bytes <= UNDER_WAY_MAX) this.from.resume();
  }
}
