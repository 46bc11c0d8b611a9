import type { EventStore } from '@odometer/event-store';
import type { Projection } from '@odometer/projections';
import { usageProjection } from '@odometer/read-models';
import type { Config } from '../config/config.js';

/** Every read model of the server. */
export const projectionsOf = (config: Config, store: EventStore): readonly Projection[] => [
  usageProjection({ shards: config.usageShards, log: store }),
];
