export { describeEventStore } from './event-store-conformance.js';
export { newEvent, newStream } from './new-event.js';
export { followUntil } from './follow.js';
