import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';

/** What of the client nobody else may know: the channel that it keeps open, and the way to end it. */
interface ClientWithChannel {
  readonly getChannel: () => Promise<{ readonly close: () => void }>;
}

export interface Connection {
  readonly client: EventStoreDBClient;
  close(): Promise<void>;
}

/** `kurrentdb://` is the newer name of the same protocol. */
const clientAddress = (connectionString: string): string =>
  connectionString.replace(/^kurrentdb(\+discover)?:/, 'esdb$1:');

/** Connects when first needed. Credentials stand in the connection string: with each call they would end the batching of appends. */
export function openConnection(connectionString: string): Connection {
  const client = EventStoreDBClient.connectionString(clientAddress(connectionString));
  let used = false;
  return {
    get client() {
      used = true;
      return client;
    },
    close: async () => {
      if (!used) return;
      await client.dispose();
      await closeChannel(client as unknown as ClientWithChannel);
    },
  };
}

/** A client that has lost its cluster looks for it when it is asked for its channel. Nobody waits for that at the end. */
async function closeChannel({ getChannel }: ClientWithChannel): Promise<void> {
  const channel = getChannel().catch(() => null);
  const found = await Promise.race([channel, sleep(CLOSE_WAIT_MS, null, { ref: false })]);
  found?.close();
}

const CLOSE_WAIT_MS = 1_000;
