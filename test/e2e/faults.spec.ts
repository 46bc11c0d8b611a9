import { describeWithKafka } from '@odometer/testing';
import { run, type RunReport } from '../reliability/run.js';
import { writeFaults } from '../reliability/report.js';
import type { Setting } from '../reliability/world.js';

/** Repeats the faults of a run: FAULT_SEED=… npm test -- faults. */
const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
/** For long runs, of each setting: npm run reliability. The figures are then written down. */
const MINUTES = Number(process.env['FAULT_MINUTES'] ?? 0);
const SHORT_MS = 6_000;
const MS = MINUTES > 0 ? MINUTES * 60_000 : SHORT_MS;
const TIMEOUT_MS = MS + 240_000;

const reports: RunReport[] = [];

beforeAll(() => void process.stderr.write(`FAULT_SEED=${SEED}\n`));
afterAll(async () => {
  if (MINUTES > 0) await writeFaults(reports, { seed: SEED, minutes: MINUTES });
});

function suite(setting: Setting): void {
  it(
    'counts each acknowledged record once, and none that was never sent',
    async () => {
      const report = await run({ setting, seed: SEED, ms: MS, longFreezes: MINUTES > 0 });
      reports.push(report);
      process.stderr.write(
        `${JSON.stringify({ ...report, weather: [...report.weather.faults] })}\n`,
      );
      expect({ seed: SEED, ...report.findings }).toEqual({
        seed: SEED,
        losses: [],
        doubles: [],
        inventions: [],
        refusals: [],
      });
      expect(report.recounted.differing).toEqual([]);
      expect(report.rebuild.differing).toEqual([]);
      expect(report.log).toContain('every hash chain holds');
      expect(report.acknowledged).toBeGreaterThan(0);
      expect(report.weather.faults.size).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
}

describe('usage, while connections to PostgreSQL break and processes die', () => suite('postgres'));

describe('usage, while connections to EventStoreDB and PostgreSQL break and processes die', () =>
  suite('eventstoredb'));

await describeWithKafka(
  'usage, while connections to Kafka and PostgreSQL break and processes die',
  () => suite('kafka'),
);
