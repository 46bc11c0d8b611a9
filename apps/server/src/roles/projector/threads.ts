import { Worker } from 'node:worker_threads';
import type { ProjectionEngine } from '@odometer/projections';
import type { FromThread, ThreadTask, ToThread } from './messages.js';

/** Threads of this process that fold usage. */
export interface ProjectorThreads {
  /** Lets them look for shards and rebuilds at once. */
  look(): void;
  /** Lets them end what they have begun, and waits for it. */
  stop(): Promise<void>;
}

/**
 * Starts the threads and waits until all of them work. The engine hears what they hold. What brings one of them down brings the process down, as
 * it would without threads.
 */
export async function startProjectorThreads(
  count: number,
  task: ThreadTask,
  engine: Pick<ProjectionEngine, 'hear'>,
): Promise<ProjectorThreads> {
  const threads = Array.from({ length: count }, (_, n) => new Thread(task, `thread ${n}`, engine));
  await Promise.all(threads.map((thread) => thread.started));
  return {
    look: () => threads.forEach((thread) => thread.tell('look')),
    stop: async () => {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

class Thread {
  readonly started: Promise<void>;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;

  constructor(task: ThreadTask, name: string, engine: Pick<ProjectionEngine, 'hear'>) {
    this.worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: task, name });
    this.ended = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.started = new Promise((resolve, reject) => {
      this.worker.on('message', (message: FromThread) => {
        if (message.kind === 'held') engine.hear(name, message.held);
        else resolve();
      });
      this.worker.once('error', reject);
      this.worker.once('exit', () => reject(new Error(`${name} of the projector ended`)));
    });
    const ignore = (): void => undefined;
    // Before the start it is `started` that tells.
    this.worker.on('error', (error) => void this.started.then(() => fail(error), ignore));
  }

  tell(message: ToThread): void {
    this.worker.postMessage(message);
  }

  async stop(): Promise<void> {
    this.tell('stop');
    await this.ended;
  }
}

/** Outside of any promise, so that nothing catches it. */
function fail(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
