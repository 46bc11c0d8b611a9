import type { EventStore } from '@odometer/event-store';
import type { Projection } from '@odometer/projections';
import { controlPlaneProjections, usageProjection } from '@odometer/read-models';

/** Every read model of the server. */
export const projectionsOf = (usageShards: number, store: EventStore): readonly Projection[] => [
  usageProjection({ shards: usageShards, log: store }),
  ...controlPlaneProjections,
];
