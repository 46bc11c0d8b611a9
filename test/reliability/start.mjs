/**
 * The long version of test/e2e/faults.spec.ts: `npm run reliability -- --minutes 5 --seed 7`. So many minutes of faults for each setting;
 * the figures go to docs/reliability.md.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write('usage: npm run reliability -- --minutes N --seed S\n');
  process.exit(2);
}
const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', 'test/e2e/faults.spec.ts'], {
  env: {
    ...process.env,
    NODE_OPTIONS: '--experimental-vm-modules',
    FAULT_MINUTES: String(minutes),
    FAULT_SEED: String(seed),
  },
  stdio: 'inherit',
});
jest.once('exit', (code) => process.exit(code ?? 1));
