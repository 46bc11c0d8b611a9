import { RuleBroken, type Decider } from '@odometer/domain';
import { newStream } from './conformance/index.js';
import { RevisionConflict, UnknownOutcome, type EventStore } from './event-store.js';
import { handle, HANDLE_ATTEMPTS_MAX, type HandleOptions } from './handle.js';
import { createInMemoryEventStore } from './in-memory/index.js';

interface Advanced {
  readonly type: 'TestClockAdvanced';
  readonly data: { readonly code: string; readonly now: string };
}

const advanced = (now: string): Advanced => ({
  type: 'TestClockAdvanced',
  data: { code: 'c', now },
});

/** A clock that goes to each of the instants given, never back; going where it is changes nothing. */
const clock: Decider<string, readonly string[], Advanced> = {
  initialState: () => '',
  decide: (instants, state) => {
    if (instants.some((instant) => instant < state)) {
      throw new RuleBroken('clock_goes_back', 'a clock goes forward only');
    }
    return instants.filter((instant) => instant > state).map(advanced);
  },
  evolve: (_, { data }) => data.now,
};

describe('handling a command', () => {
  let store: EventStore;
  let options: HandleOptions;

  beforeEach(() => {
    store = createInMemoryEventStore();
    options = { streamId: newStream('clock'), tenant: 'default', now: Date.UTC(2001, 0, 1) };
  });

  it('appends what was decided and answers the new state and its place', async () => {
    const first = await handle(store, clock, ['1', '2'], options);
    expect(first).toEqual({
      position: 2,
      revision: 1,
      events: [advanced('1'), advanced('2')],
      state: '2',
    });
    const second = await handle(store, clock, ['3'], options);
    expect(second).toMatchObject({ position: 3, revision: 2, state: '3' });
  });

  it('writes who, why and when into every event', async () => {
    await handle(store, clock, ['1'], {
      ...options,
      actor: 'key_1',
      reason: 'because',
      commandId: 'c',
    });
    const [event] = await store.readStream(options.streamId);
    expect(event).toMatchObject({
      schemaVersion: 1,
      metadata: {
        tenant: 'default',
        recordedAt: '2001-01-01T00:00:00.000Z',
        actor: 'key_1',
        reason: 'because',
        causationId: 'c',
      },
    });
  });

  it('appends nothing when nothing happens, and answers where the stream is', async () => {
    expect(await handle(store, clock, [], options)).toEqual({
      position: 0,
      revision: -1,
      events: [],
      state: '',
    });
    await handle(store, clock, ['1'], options);
    const again = await handle(store, clock, ['1'], options);
    expect(again).toEqual({ position: 1, revision: 0, events: [], state: '1' });
  });

  it('passes a refusal on and appends nothing', async () => {
    await handle(store, clock, ['2'], options);
    await expect(handle(store, clock, ['1'], options)).rejects.toThrow(RuleBroken);
    expect(await store.head()).toBe(1);
  });

  it('decides anew when another was faster', async () => {
    const racing = interrupted(store, {
      once: () => handle(store, clock, ['5'], options),
    });
    await expect(handle(racing, clock, ['4'], options)).rejects.toThrow('a clock goes forward');
    const later = interrupted(store, { once: () => handle(store, clock, ['6'], options) });
    expect(await handle(later, clock, ['7'], options)).toMatchObject({ revision: 2, state: '7' });
  });

  it('gives up on a race that is lost again and again, and says so', async () => {
    let attempts = 0;
    const unlucky: EventStore = {
      ...store,
      append: (streamId, _, { expectedRevision }) => {
        attempts += 1;
        return Promise.reject(new RevisionConflict(streamId, expectedRevision, 9));
      },
    };
    await expect(handle(unlucky, clock, ['1'], options)).rejects.toThrow(RevisionConflict);
    expect(attempts).toBe(HANDLE_ATTEMPTS_MAX);
  });

  it('sends the identical append again when the outcome is unknown', async () => {
    let lost = 2;
    const forgetful: EventStore = {
      ...store,
      append: async (...append) => {
        const result = await store.append(...append);
        lost -= 1;
        if (lost >= 0) throw new UnknownOutcome('the answer was lost');
        return result;
      },
    };
    const handled = await handle(forgetful, clock, ['1', '2'], options);
    expect(handled).toMatchObject({ position: 2, revision: 1 });
    expect(await store.readStream(options.streamId)).toHaveLength(2);
  });

  it('is quiet about a command id that it has handled, whatever happened since', async () => {
    const identified = { ...options, commandId: 'advance-1' };
    await handle(store, clock, ['1', '2'], identified);
    await handle(store, clock, ['9'], options);
    expect(await handle(store, clock, ['1', '2'], identified)).toEqual({
      position: 3,
      revision: 2,
      events: [],
      state: '9',
    });
  });

  it('handles a command id once when it is sent twice at the same time', async () => {
    const identified = { ...options, commandId: 'advance-1' };
    await Promise.all(
      Array.from({ length: 5 }, () => handle(store, clock, ['1', '2'], identified)),
    );
    expect(await store.readStream(options.streamId)).toHaveLength(2);
  });

  it('is quiet also when the same command decided differently at the same time', async () => {
    const identified = { ...options, commandId: 'advance-1' };
    const racing = interrupted(store, { once: () => handle(store, clock, ['1'], identified) });
    const handled = await handle(racing, clock, ['1', '2'], identified);
    expect(handled).toMatchObject({ events: [], state: '1', revision: 0 });
  });

  it.each([
    ['the same', ['4']],
    ['something else', ['2']],
  ])('answers what is in the log when the same command decided %s', async (_, first) => {
    const identified = { ...options, commandId: 'advance-1' };
    const racing = interrupted(store, { once: () => handle(store, clock, first, identified) });
    const handled = await handle(racing, clock, ['4'], identified);
    expect(handled).toMatchObject({ state: first[0], revision: 0 });
    expect(await store.readStream(options.streamId)).toHaveLength(1);
  });

  it('keeps the same command id apart on different streams', async () => {
    const other = { ...options, streamId: newStream('clock'), commandId: 'advance-1' };
    await handle(store, clock, ['1'], { ...options, commandId: 'advance-1' });
    expect((await handle(store, clock, ['1'], other)).events).toHaveLength(1);
  });
});

/** The store, with something else happening once between the read and the append. */
function interrupted(store: EventStore, { once }: { once: () => Promise<unknown> }): EventStore {
  let done = false;
  return {
    ...store,
    append: async (...append) => {
      if (!done) {
        done = true;
        await once();
      }
      return store.append(...append);
    },
  };
}
