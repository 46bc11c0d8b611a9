import { RECENT_IDS_MAX } from './limits.js';

/**
 * Which streams the ids of late appends went to. The server knows ids only within a stream; that one is used in two streams is a fault
 * of the caller, which is told when it is seen.
 */
export class RecentIds {
  private readonly streams = new Map<string, string>();

  add(eventId: string, streamId: string): void {
    this.streams.set(eventId, streamId);
    const eldest = this.streams.keys().next();
    if (this.streams.size > RECENT_IDS_MAX && eldest.done !== true) {
      this.streams.delete(eldest.value);
    }
  }

  isElsewhere(eventId: string, streamId: string): boolean {
    const known = this.streams.get(eventId);
    return known !== undefined && known !== streamId;
  }
}
