/**
 * `npm run test:eventstoredb [-- names of specs]`: every end-to-end spec with the log in EventStoreDB, one after the other, each with a time limit of its
 * own, so that the run ends by itself. At the end it says of each what passed, what failed and what was skipped.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const FOLDER = 'test/e2e';
/** The slowest takes three minutes on a machine with two cores and other work. */
const SPEC_MS_MAX = 10 * 60_000;
/** After the time limit, for what it started to be stopped. */
const STOP_MS = 15_000;

/** Specs that name their stores themselves: what they do is the same whatever EVENT_STORE says. */
const CHOOSES_ITSELF = {
  'demo.spec.ts': 'EventStoreDB',
  'eventstoredb.spec.ts': 'PostgreSQL, then EventStoreDB',
  'faults.spec.ts': 'each in its turn',
  'unreachable.spec.ts': 'each in its turn, none of which answers',
};

let running = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    if (running !== null) await endGroup(running);
    process.exit(1);
  });
}

const wanted = process.argv.slice(2);
const all = (await readdir(FOLDER)).filter((name) => name.endsWith('.spec.ts')).sort();
const chosen = all.filter(
  (name) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)),
);
if (chosen.length === 0) {
  process.stderr.write(`there is no such spec in ${FOLDER}: ${all.join(', ')}\n`);
  process.exit(2);
}

const scratch = await mkdtemp(path.join(tmpdir(), 'odometer-on-eventstoredb-'));
const results = [];
for (const name of chosen) results.push(await run(name));
await rm(scratch, { recursive: true, force: true });

const rows = results.map(({ name, outcome, seconds, store }) => [
  name,
  outcome,
  `${seconds} s`,
  store,
]);
const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
const table = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
const left = all.filter((name) => !chosen.includes(name));
process.stdout.write(`\nEnd-to-end specs, EVENT_STORE=eventstoredb\n${table.join('\n')}\n`);
process.stdout.write(
  left.length === 0
    ? 'None was left out.\n'
    : `Left out, since they were not asked for: ${left.join(', ')}\n`,
);
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

async function run(name) {
  const startedAt = performance.now();
  const report = path.join(scratch, `${name}.json`);
  const jest = spawn(
    process.execPath,
    [
      'node_modules/jest/bin/jest.js',
      `${FOLDER}/${name}`,
      '--verbose',
      // A suite that fails may leave something running. It has said so by then.
      '--forceExit',
      '--json',
      `--outputFile=${report}`,
    ],
    {
      env: {
        ...process.env,
        EVENT_STORE: 'eventstoredb',
        NODE_OPTIONS: '--experimental-vm-modules',
      },
      // The report goes to its file; what Jest tells people goes to standard error.
      stdio: ['ignore', 'ignore', 'inherit'],
      // A group of its own, so that servers end with a spec that does not.
      detached: true,
    },
  );
  running = jest;
  const late = setTimeout(() => void endGroup(jest), SPEC_MS_MAX);
  const [code] = await once(jest, 'exit');
  clearTimeout(late);
  running = null;
  if (isThere(jest)) process.kill(-jest.pid, 'SIGKILL');
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  const outcome = code === null ? `cut after ${SPEC_MS_MAX / 60_000} min` : await told(report);
  return {
    name,
    outcome,
    seconds,
    passed: code === 0,
    store: CHOOSES_ITSELF[name] ?? 'EventStoreDB',
  };
}

async function told(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } =
      JSON.parse(await readFile(report, 'utf8'));
    const parts = [`${numPassedTests} passed`];
    if (numFailedTests > 0) parts.push(`${numFailedTests} failed`);
    if (numPendingTests > 0) parts.push(`${numPendingTests} skipped (the reason is above)`);
    if (numRuntimeErrorTestSuites > 0) parts.push('the suite did not run');
    return parts.join(', ');
  } catch (error) {
    return `no report: ${error.message}`;
  }
}

/** Whether anything that it started outlives it. */
function isThere(child) {
  try {
    process.kill(-child.pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function endGroup(child) {
  process.kill(-child.pid, 'SIGTERM');
  await Promise.race([once(child, 'exit'), new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
}
