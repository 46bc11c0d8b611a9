import { randomUUID } from 'node:crypto';
import type { EventData, NewEvent } from '../event-store.js';

/** An event for tests: a new id, and whatever else is not said does not matter. */
export const newEvent = (data: EventData = {}, given: Partial<NewEvent> = {}): NewEvent => ({
  eventId: randomUUID(),
  type: 'ThingHappened',
  schemaVersion: 1,
  data,
  metadata: { tenant: 'default', recordedAt: '2026-01-01T00:00:00.000Z' },
  ...given,
});

/** A stream of the test's own. */
export const newStream = (kind = 'thing'): string => `${kind}-default-${randomUUID()}`;
