import type { HeldShard } from '@odometer/projections';
import type { EventLogConfig } from '../../config/event-log-config.js';
import type { LogLevel } from '../../config/variables.js';
import type { DatabaseAddress } from '../connection-options.js';

/** Connections of an engine beyond one for each shard: leases and status, and the swap of a rebuild. */
export const ENGINE_CONNECTIONS_EXTRA = 4;

/** What a thread needs to know. */
export interface ThreadTask {
  readonly database: DatabaseAddress;
  readonly eventLog: EventLogConfig;
  readonly usageShards: number;
  readonly logLevel: LogLevel;
}

/** What a thread is told: to look for shards and rebuilds at once, or to end. */
export type ToThread = 'look' | 'stop';

/** What a thread says: that it works, what it holds, or that there is something to look at for all others. */
export type FromThread =
  | { readonly kind: 'started' }
  | { readonly kind: 'held'; readonly held: readonly HeldShard[] }
  | { readonly kind: 'news' };
