import type { RecordedEvent } from '@odometer/event-store';

/** Events of one stream that follow each other in the log as well. */
export interface Run {
  readonly streamId: string;
  readonly events: readonly RecordedEvent[];
}

/** One append takes as many; every store takes more. */
const RUN_EVENTS_MAX = 200;
const RUN_BYTES_MAX = 256 * 1024;

/** Cuts a piece of the log into appends, without changing its order. */
export function runsOf(events: readonly RecordedEvent[]): readonly Run[] {
  const runs: { streamId: string; events: RecordedEvent[]; bytes: number }[] = [];
  for (const event of events) {
    const bytes = sizeOf(event);
    const run = runs.at(-1);
    const fits =
      run?.streamId === event.streamId &&
      run.events.length < RUN_EVENTS_MAX &&
      run.bytes + bytes <= RUN_BYTES_MAX;
    if (fits) {
      run.events.push(event);
      run.bytes += bytes;
    } else {
      runs.push({ streamId: event.streamId, events: [event], bytes });
    }
  }
  return runs;
}

const sizeOf = ({ data, metadata }: RecordedEvent): number =>
  (data instanceof Uint8Array ? data.byteLength : Buffer.byteLength(JSON.stringify(data))) +
  Buffer.byteLength(JSON.stringify(metadata));
