import { setTimeout as sleep } from 'node:timers/promises';
import type { BuiltServer } from '../e2e/build-server.js';
import { OdometerProcess } from '../e2e/odometer-process.js';

const RESTART_MS = 300;

/** A process of a role that is started again whenever it is gone, as a supervisor does: also when it does not come up, for want of what it needs. */
export class Place {
  private current: OdometerProcess | null = null;
  private over = false;
  private running: Promise<void> | null = null;
  /** Why starts did not come to anything. */
  readonly failures: string[] = [];

  constructor(
    private readonly built: BuiltServer,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  get roles(): string {
    return this.variables['ODOMETER_ROLES'] ?? 'all';
  }

  /** The process of this moment; null while there is none. */
  get process(): OdometerProcess | null {
    return this.current?.isAlive === true ? this.current : null;
  }

  /** Resolves when the first process serves. */
  async open(): Promise<void> {
    this.running ??= this.supervise();
    await this.up();
  }

  /** Waits until a process serves. */
  async up(): Promise<OdometerProcess> {
    for (;;) {
      if (this.process !== null) return this.process;
      if (this.over) throw new Error(`the place of ${this.roles} is closed`);
      await sleep(20);
    }
  }

  async close(): Promise<void> {
    this.over = true;
    await this.running;
    this.current?.thaw();
    await this.current?.stop();
  }

  private async supervise(): Promise<void> {
    while (!this.over) {
      if (this.process === null) await this.start();
      await sleep(RESTART_MS);
    }
  }

  private async start(): Promise<void> {
    try {
      this.current = await OdometerProcess.start(this.built, this.variables);
    } catch (error) {
      this.failures.push(String(error));
      if (this.failures.length > FAILED_STARTS_MAX) throw error;
    }
  }
}

/** More than any weather explains. */
const FAILED_STARTS_MAX = 500;
