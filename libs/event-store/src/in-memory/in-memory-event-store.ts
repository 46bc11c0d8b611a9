import { encodeAppend } from '../append-check.js';
import type { EventStore, LogPage, ReadAllOptions } from '../event-store.js';
import { LogHead } from '../log-head.js';
import { followLog } from '../subscription.js';
import { MemoryLog } from './memory-log.js';

/** A log that lives as long as the process. For tests and simulations; it keeps every promise of the port but durability. */
export function createInMemoryEventStore(): EventStore {
  const log = new MemoryLog();
  const head = new LogHead(() => Promise.resolve(log.length));
  const closing = new AbortController();
  const readAll = (options: ReadAllOptions): Promise<LogPage> => Promise.resolve(log.page(options));
  return {
    append: async (streamId, events, { expectedRevision }) => {
      const encoded = encodeAppend(streamId, events);
      // Appends do not happen within the call in any real store.
      await Promise.resolve();
      const result = log.append(streamId, encoded, expectedRevision);
      head.advance(log.length);
      return result;
    },
    readStream: (streamId, options) => Promise.resolve(log.readStream(streamId, options)),
    readStreams: (starts) =>
      Promise.resolve(starts.map(({ streamId, from = 0 }) => log.readStream(streamId, { from }))),
    readAll,
    readAt: (positions) => Promise.resolve(log.at(positions)),
    subscribe: ({ signal, ...options }) =>
      followLog(
        { readAll, head },
        options,
        signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
      ),
    head: () => Promise.resolve(log.length),
    verify: (options) => Promise.resolve(log.verify(options)),
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
}
