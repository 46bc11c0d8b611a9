import { startEventStoreDbDouble } from './server.js';

/**
 * `npm run eventstoredb-double`: the double as a process of its own, until it is told to end. Its log is gone then. PORT says where it
 * listens; 0 takes a free port.
 */
const double = await startEventStoreDbDouble({ port: Number(process.env['PORT'] ?? 2113) });
process.stdout.write(`EventStoreDB double: EVENTSTORE_URL=${double.url}\n`);
await new Promise<void>((resolve) => {
  process.once('SIGTERM', resolve);
  process.once('SIGINT', resolve);
});
await double.stop();
process.exit(0);
