import { Worker } from 'node:worker_threads';
import type { ProjectionEngine } from '@odometer/projections';
import type { FromThread, ThreadTask, ToThread } from './messages.js';

/** Threads of this process that fold usage. */
export interface ProjectorThreads {
  /** Resolves when all of them work. Until then usage waits, as it would for a busy projector; nothing else has to. */
  readonly started: Promise<void>;
  /** Lets them end what they have begun, and waits for it. */
  stop(): Promise<void>;
}

/**
 * Starts the threads, which takes them as long as the process took to load its code. The engine hears what they hold, and looks when there is
 * news of a rebuild, as the other threads do. What brings one of them down brings the process down, as it would without threads.
 */
export function startProjectorThreads(
  count: number,
  task: ThreadTask,
  engine: Pick<ProjectionEngine, 'hear' | 'look' | 'onNews'>,
): ProjectorThreads {
  const threads: Thread[] = [];
  const lookApartFrom = (teller: Thread | null): void =>
    threads.forEach((thread) => thread === teller || thread.tell('look'));
  for (let n = 0; n < count; n += 1) {
    const look = (): void => {
      engine.look();
      lookApartFrom(thread);
    };
    const hear = engine.hear.bind(engine);
    const thread: Thread = new Thread(task, `thread ${n}`, { hear, look });
    threads.push(thread);
  }
  engine.onNews(() => lookApartFrom(null));
  const all = async (promises: readonly Promise<void>[]): Promise<void> => {
    await Promise.all(promises);
  };
  return {
    started: all(threads.map((thread) => thread.started)),
    stop: () => all(threads.map((thread) => thread.stop())),
  };
}

class Thread {
  readonly started: Promise<void>;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private mayEnd = false;

  constructor(task: ThreadTask, name: string, engine: Pick<ProjectionEngine, 'hear' | 'look'>) {
    this.worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: task, name });
    this.worker.on('error', fail);
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        // Without an error it would leave usage behind in silence.
        if (!this.mayEnd) fail(new Error(`projector ${name} ended with ${code}`));
        resolve();
      });
    });
    this.started = new Promise((resolve) => {
      this.worker.on('message', (message: FromThread) => {
        if (message.kind === 'held') engine.hear(name, message.held);
        else if (message.kind === 'news') engine.look();
        else resolve();
      });
    });
  }

  tell(message: ToThread): void {
    this.worker.postMessage(message);
  }

  async stop(): Promise<void> {
    this.mayEnd = true;
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
