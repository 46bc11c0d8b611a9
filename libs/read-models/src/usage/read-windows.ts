import { meterAt, windowEndOf, type Instant, type Meter, type UsageTotal } from '@odometer/domain';
import { asksBeyondBuckets } from './beyond-buckets.js';
import type { BucketReader } from './bucket-reader.js';
import type { EdgeReader } from './edges.js';
import { readRawWindows, type RawReading } from './raw-windows.js';
import type { CountedMeters } from './ready-meter.js';
import { UsageReader } from './usage-reader.js';
import type { WindowsRequest } from './window-series.js';

export interface WindowsReading extends RawReading {
  readonly edges: EdgeReader;
  readonly buckets: BucketReader;
  readonly meters: CountedMeters;
}

/** Windows that one version of the meter counts, by their places in the request. */
interface VersionWindows {
  readonly meter: Meter;
  readonly places: number[];
  end: Instant;
}

/** Answers the windows of a request in their order, each by the version of the meter that is valid where it ends. */
export async function readWindows(
  reading: WindowsReading,
  request: WindowsRequest,
): Promise<readonly (readonly UsageTotal[])[]> {
  const answers: (readonly UsageTotal[])[] = [];
  for (const { meter, end, places } of windowsByVersion(request)) {
    const windows = places.map((place) => request.windows[place]!);
    const totals = await readVersion(reading, { ...request, meter, windows }, end);
    places.forEach((place, i) => (answers[place] = totals[i]!));
  }
  return answers;
}

function windowsByVersion({ meter, windows, weighting }: WindowsRequest): VersionWindows[] {
  const byVersion = new Map<number, VersionWindows>();
  windows.forEach((slices, place) => {
    const end = windowEndOf({ slices, weighting });
    const valid = meterAt(meter, end);
    const known = byVersion.get(valid.version) ?? { meter: valid, places: [], end };
    byVersion.set(valid.version, known);
    known.places.push(place);
    known.end = Math.max(known.end, end);
  });
  return [...byVersion.values()];
}

/** From buckets where they hold what is asked for, else from the records. */
async function readVersion(
  reading: WindowsReading,
  request: WindowsRequest,
  end: Instant,
): Promise<readonly (readonly UsageTotal[])[]> {
  const { sql, edges, buckets, meters } = reading;
  if (request.fromRecords === true) return readRawWindows(reading, request);
  const { tenant, meter } = request;
  const ready = meters.ready({ tenant, asked: meter, end });
  if (ready === null) return readRawWindows(reading, request);
  const counted = { ...request, ...ready };
  if (asksBeyondBuckets(counted)) return readRawWindows(reading, request);
  return new UsageReader(sql, buckets, edges, counted).read();
}
