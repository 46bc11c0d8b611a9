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
import { readDomainEvent, type EventStore, type RecordedEvent } from '@odometer/event-store';
import type { Catalog } from './biller-ports.js';

/** Plan versions kept in memory; they never change, so they may be kept for ever. */
export const KNOWN_PLANS_MAX = 10_000;

/** Meters kept in memory, each with the place in its stream up to which it is known. */
export const KNOWN_METERS_MAX = 10_000;

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
    meters: metersFromLog(store),
    async settings(tenant) {
      const recorded = await store.readStream(`settings-${tenant}`);
      const events = recorded.map((event) => readDomainEvent(event)) as unknown as SettingsEvent[];
      return fold(settingsDecider, events);
    },
  };
}

/** Of each meter what has been read is kept, and what came since is read: one question for all, that mostly finds nothing. */
function metersFromLog(store: EventStore): Catalog['meters'] {
  const known = new Map<string, KnownMeter>();
  return async (tenant, codes) => {
    const before = codes.map((code): KnownMeter => {
      const streamId = streamIdOf('meter', tenant, code);
      return known.get(streamId) ?? { streamId, from: 0, meter: null };
    });
    if (known.size >= KNOWN_METERS_MAX) known.clear();
    const read = await store.readStreams(before);
    return before.map((meter, i) => {
      const now = read[i]!.reduce(withEvent, meter);
      if (now.meter !== null) known.set(now.streamId, now);
      return now.meter;
    });
  };
}

/** A meter as its stream says, up to the revision before `from`. */
interface KnownMeter {
  readonly streamId: string;
  readonly from: number;
  readonly meter: Meter | null;
}

function withEvent({ streamId, meter }: KnownMeter, recorded: RecordedEvent): KnownMeter {
  const event = readDomainEvent(recorded) as unknown as MeterEvent;
  const from = recorded.revision + 1;
  return { streamId, from, meter: event.type === 'MeterArchived' ? meter : event.data };
}

const planKey = (tenant: string, code: string, version: number): string =>
  `${tenant}\0${version}\0${code}`;
