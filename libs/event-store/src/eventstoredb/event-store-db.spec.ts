import { startEventStoreDbDouble } from '@odometer/testing';
import { describeEventStore } from '../conformance/index.js';
import { createEventStoreDbEventStore, EVENTSTOREDB_LIMITS } from './index.js';

/** A real server, when EVENTSTORE_URL names one that is empty; the double otherwise. */
describeEventStore('EventStoreDB', async () => {
  const given = process.env['EVENTSTORE_URL'];
  const double = given === undefined ? await startEventStoreDbDouble() : null;
  const connectionString = given ?? double!.url;
  const opened = [createEventStoreDbEventStore({ connectionString })];
  return {
    store: opened[0]!,
    appendBytes: EVENTSTOREDB_LIMITS.appendBytes,
    reopen: () => {
      const store = createEventStoreDbEventStore({ connectionString });
      opened.push(store);
      return Promise.resolve(store);
    },
    dispose: async () => {
      for (const store of opened) await store.close();
      await double?.stop();
    },
  };
});
