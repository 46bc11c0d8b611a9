import type { EventStore } from '@odometer/event-store';

/** What usage needs of the log besides the events it is handed: to look at a record again, and to count a new meter's past. */
export type ReadLog = Pick<EventStore, 'readAll' | 'readAt'>;
