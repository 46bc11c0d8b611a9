import type { EventStore } from '@odometer/event-store';
import type { Plant } from './simulate.js';

const CHECKPOINT = /SELECT odometer\.move_checkpoint\(('\w+'), (\d+), (\d+), \d+, \d+, (\d+)\)/;

const MOVED_BLINDLY =
  'UPDATE odometer.projection_shards SET position = $4 WHERE name = $1 AND generation = $2 AND shard = $3';

/** Bugs of the kind that distributed systems have; each is put between the product's code and what it talks to. */
export const PLANTS: Readonly<Record<string, Plant>> = {
  'the checkpoint moves without a look at epoch and position': {
    rewrite: (text) => text.replace(CHECKPOINT, MOVED_BLINDLY),
  },
  'rows are committed before the checkpoint': {
    rewrite: (text) => text.replace(/^(SELECT odometer\.move_checkpoint.*); COMMIT$/, 'COMMIT; $1'),
  },
  'a worker that starts anew has forgotten what was seen before': {
    rewrite: (text) =>
      text.replace(/(FROM \w+\.identity_run WHERE shard = \$1 AND live)/, '$1 AND false'),
  },
  'a correction of a record does not know of the one before': {
    rewrite: (text) =>
      text.replace(
        /(SELECT position, type FROM \w+\.correction\s+WHERE .* AND effective)/s,
        '$1 AND false',
      ),
  },
  'usage is acknowledged before it is stored': {
    decorate: acknowledgingEarly,
  },
  'a page of the log is skipped after an error': {
    decorate: skippingAfterErrors,
  },
};

function acknowledgingEarly(store: EventStore): EventStore {
  return changed(store, {
    append: async (streamId, events, options) => {
      const stored = store.append(streamId, events, options);
      if (!streamId.startsWith('usage-')) return stored;
      stored.catch(() => undefined);
      return { firstRevision: 0, lastRevision: 0, position: await store.head(), replayed: false };
    },
  });
}

function skippingAfterErrors(store: EventStore): EventStore {
  let failed = false;
  return changed(store, {
    readAll: async (options) => {
      try {
        const page = await store.readAll(options);
        const skipped = failed && page.events.length > 0;
        if (page.events.length > 0) failed = false;
        return skipped ? { ...page, events: page.events.slice(1) } : page;
      } catch (error) {
        failed = true;
        throw error;
      }
    },
  });
}

const changed = (store: EventStore, methods: Partial<EventStore>): EventStore =>
  Object.assign(Object.create(store) as EventStore, methods);
