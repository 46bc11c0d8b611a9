import { describeEventStore } from '../conformance/index.js';
import { createInMemoryEventStore } from './index.js';

describeEventStore('in-memory', () => {
  const store = createInMemoryEventStore();
  return Promise.resolve({
    store,
    reopen: () => Promise.resolve(store),
    dispose: () => store.close(),
  });
});
