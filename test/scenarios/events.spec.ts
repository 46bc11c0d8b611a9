import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@odometer/domain';
import { currentVersionOf, knownEventTypes, readDomainEvent } from '@odometer/event-store';

/**
 * Golden files: `events/<Type>@<version>.json` holds one event as that version stored it and as code must read it today. A file is never
 * edited once the version was released, but for `today` when a newer version comes.
 */
interface GoldenEvent {
  readonly stored: JsonObject;
  readonly today: JsonObject;
}

const FOLDER = fileURLToPath(new URL('./events/', import.meta.url));

const golden = readdirSync(FOLDER)
  .sort()
  .map((file) => {
    const [, type, version] = /^([A-Za-z]+)@(\d+)\.json$/.exec(file) ?? [];
    if (type === undefined) throw new Error(`${file} is not named <Type>@<version>.json`);
    const content = JSON.parse(readFileSync(FOLDER + file, 'utf8')) as GoldenEvent;
    return { file, type, version: Number(version), ...content };
  });

describe('every event that was ever stored', () => {
  it.each(golden)('$file reads as today', ({ type, version, stored, today }) => {
    const read = readDomainEvent({
      eventId: '5f0c9d6e-51f0-4f0c-8a52-0d6f3f6f7a11',
      type,
      schemaVersion: version,
      data: stored,
      metadata: { tenant: 'default', recordedAt: '2001-01-01T00:00:00.000Z' },
      streamId: 'any-default-stream',
      revision: 0,
      position: 1,
      hash: '',
    });
    expect(read).toEqual({ type, data: today });
  });

  it.each(knownEventTypes())('%s has a golden file for each of its versions', (type) => {
    const versions = golden.filter((file) => file.type === type).map(({ version }) => version);
    const all = Array.from({ length: currentVersionOf(type) }, (_, i) => i + 1);
    expect(versions.sort((a, b) => a - b)).toEqual(all);
  });

  it.each(golden)('$file is of an event that is known', ({ type, version }) => {
    expect(version).toBeLessThanOrEqual(currentVersionOf(type));
  });
});
