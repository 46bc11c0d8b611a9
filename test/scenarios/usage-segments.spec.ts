import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeSegment, USAGE_SEGMENT_VERSION } from '@odometer/event-store';

/** Golden files: `segments/<version>-<what>.json` holds the bytes of one segment as that version stored it, and the records in it. */
interface GoldenSegment {
  /** Base64. */
  readonly stored: string;
  readonly today: readonly object[];
}

const FOLDER = fileURLToPath(new URL('./segments/', import.meta.url));
const golden = readdirSync(FOLDER)
  .sort()
  .map((file) => {
    const content = JSON.parse(readFileSync(FOLDER + file, 'utf8')) as GoldenSegment;
    return { file, version: Number.parseInt(file, 10), ...content };
  });

describe('every usage segment that was ever stored', () => {
  it.each(golden)('$file reads as today', ({ stored, today }) => {
    const { records } = decodeSegment(Buffer.from(stored, 'base64'));
    expect(JSON.parse(JSON.stringify(records))).toEqual(today);
  });

  it('has a golden file for each of its versions', () => {
    const all = Array.from({ length: USAGE_SEGMENT_VERSION }, (_, i) => i + 1);
    expect([...new Set(golden.map(({ version }) => version))]).toEqual(all);
  });
});
