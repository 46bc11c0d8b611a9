import {
  fold,
  settingsDecider,
  streamIdOf,
  type Meter,
  type MeterEvent,
  type Plan,
  type PlanEvent,
  type SettingsEvent,
} from '@odometer/domain';
import { readDomainEvent, type EventStore } from '@odometer/event-store';
import type { Catalog } from './biller-ports.js';

/** Plan versions kept in memory; they never change, so they may be kept for ever. */
export const KNOWN_PLANS_MAX = 10_000;

/** Reads plans, meters and settings from their own streams, which are never behind. */
export function catalogFromLog(store: EventStore): Catalog {
  const plans = new Map<string, Plan>();

  const loadPlans = async (tenant: string, code: string): Promise<void> => {
    if (plans.size >= KNOWN_PLANS_MAX) plans.clear();
    for (const recorded of await store.readStream(streamIdOf('plan', tenant, code))) {
      const event = readDomainEvent(recorded) as unknown as PlanEvent;
      if (event.type === 'PlanPublished') {
        plans.set(planKey(tenant, code, event.data.version), event.data);
      }
    }
  };

  return {
    async plan(tenant, code, version) {
      const key = planKey(tenant, code, version);
      if (!plans.has(key)) await loadPlans(tenant, code);
      return plans.get(key) ?? null;
    },
    async meter(tenant, code) {
      let latest: Meter | null = null;
      for (const recorded of await store.readStream(streamIdOf('meter', tenant, code))) {
        const event = readDomainEvent(recorded) as unknown as MeterEvent;
        if (event.type !== 'MeterArchived') latest = event.data;
      }
      return latest;
    },
    async settings(tenant) {
      const recorded = await store.readStream(`settings-${tenant}`);
      const events = recorded.map((event) => readDomainEvent(event)) as unknown as SettingsEvent[];
      return fold(settingsDecider, events);
    },
  };
}

const planKey = (tenant: string, code: string, version: number): string =>
  `${tenant}\0${version}\0${code}`;
