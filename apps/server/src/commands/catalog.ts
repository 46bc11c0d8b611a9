import {
  featureDecider,
  meterDecider,
  planDecider,
  type Feature,
  type Meter,
  type Plan,
} from '@odometer/domain';
import { Aggregates } from './aggregates.js';

/** What of the catalog is in use, read from the streams, so that what was defined a moment ago can be referred to. */
export class Catalog {
  constructor(private readonly aggregates: Aggregates) {}

  /** Those of the codes that are meters in use, as they are defined now. */
  async metersInUse(tenant: string, codes: readonly string[]): Promise<ReadonlyMap<string, Meter>> {
    const known = await Promise.all(
      [...new Set(codes)].map(async (id) => {
        const state = await this.aggregates.load(meterDecider, { kind: 'meter', tenant, id });
        return state.status === 'defined' ? ([[id, state.meter]] as const) : [];
      }),
    );
    return new Map(known.flat());
  }

  /** The types of those of the codes that are features in use. */
  async featuresInUse(
    tenant: string,
    codes: readonly string[],
  ): Promise<ReadonlyMap<string, Feature['type']>> {
    const known = await Promise.all(
      [...new Set(codes)].map(async (id) => {
        const feature = await this.feature(tenant, id);
        return feature ? ([[id, feature.type]] as const) : [];
      }),
    );
    return new Map(known.flat());
  }

  async feature(tenant: string, id: string): Promise<Feature | null> {
    const state = await this.aggregates.load(featureDecider, { kind: 'feature', tenant, id });
    return state.status === 'defined' ? state.feature : null;
  }

  /** The current version of a plan on sale. */
  async plan(tenant: string, id: string): Promise<Plan | null> {
    const state = await this.aggregates.load(planDecider, { kind: 'plan', tenant, id });
    return state.status === 'published' ? state.plan : null;
  }
}
