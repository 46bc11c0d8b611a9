import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createInMemoryEventStore } from '@odometer/event-store/in-memory';
import { PROJECTION_LIMITS } from './limits.js';
import { LogTail } from './log-tail.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('the tail of the log', () => {
  /** Somebody who waits for the log to go on, and stops. Answers what is left of it when it is not kept. */
  async function stopWaiting(tail: LogTail): Promise<WeakRef<AbortSignal>> {
    const stopping = new AbortController();
    const next = tail.next({ after: 0 }, stopping.signal);
    await sleep(1);
    stopping.abort();
    expect(await next).toBeNull();
    return new WeakRef(stopping.signal);
  }

  it('forgets who stopped to wait, also while the log stands still', async () => {
    const store = createInMemoryEventStore();
    const onRetry = (): void => undefined;
    const tail = new LogTail({ store, limits: PROJECTION_LIMITS, onRetry });
    tail.start();
    const stopped = await stopWaiting(tail);
    // What a weak reference was made of in this turn of the event loop lives until its end.
    await sleep(10);
    collectGarbage();
    expect(stopped.deref()).toBeUndefined();
    await tail.stop();
    await store.close();
  });
});
