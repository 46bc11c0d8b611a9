import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { copyFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DEVELOPMENT_PACKAGES, PACKAGES, PLANTED, TARGETS } from './planted-imports.js';

interface Violation {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

interface Outcome {
  readonly modules: number;
  readonly violations: readonly Violation[];
}

const root = process.cwd();
const config = '.dependency-cruiser.cjs';

/** Runs the import rules in a folder as `npm run check` does. */
async function cruise(folder: string): Promise<Outcome> {
  const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cli, 'apps', 'libs', 'test', '--config', config, '--output-type', 'json'];
  const run = promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1 << 28 });
  const { stdout } = await run.catch((error: { stdout?: string }) => {
    // It ends with the number of violations; without an answer it did not run at all.
    if (error.stdout === undefined || error.stdout === '') throw error as Error;
    return { stdout: error.stdout };
  });
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] } & {
      totalCruised: number;
    };
  };
  return {
    modules: summary.totalCruised,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}

function plant(folder: string): void {
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const path of TARGETS) write(path, 'export const target = 1;\n');
  for (const { from, to } of PLANTED) write(from, `import '${to}';\nexport const planted = 1;\n`);
  for (const name of [...PACKAGES, ...DEVELOPMENT_PACKAGES]) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    write(`node_modules/${name}/index.js`, '');
  }
  const versions = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, '1.0.0']));
  const dependencies = versions(PACKAGES);
  const devDependencies = versions(DEVELOPMENT_PACKAGES);
  write('package.json', JSON.stringify({ type: 'module', dependencies, devDependencies }));
  write('test/empty.ts', 'export const empty = 1;\n');
  for (const file of [config, 'tsconfig.json']) copyFileSync(join(root, file), join(folder, file));
}

describe('the import rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'odometer imports '));
  let planted: Outcome;

  beforeAll(async () => {
    plant(folder);
    planted = await cruise(folder);
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  const broken = PLANTED.filter(({ rule }) => rule !== null);

  it.each(broken)('$rule fires when $from imports $to', ({ rule, from }) => {
    expect(planted.violations.filter((violation) => violation.from === from)).toContainEqual(
      expect.objectContaining({ rule }),
    );
  });

  it.each(PLANTED.filter(({ rule }) => rule === null))('$from may import $to', ({ from }) => {
    expect(planted.violations.filter((violation) => violation.from === from)).toEqual([]);
  });

  it('are all seen to fire', () => {
    const { forbidden } = createRequire(import.meta.url)(join(root, config)) as {
      forbidden: { name: string; severity: string }[];
    };
    expect(forbidden.every(({ severity }) => severity === 'error')).toBe(true);
    expect(new Set(broken.map(({ rule }) => rule))).toEqual(
      new Set(forbidden.map(({ name }) => name)),
    );
  });

  it('hold in this workspace', async () => {
    const { modules, violations } = await cruise(root);
    expect(modules).toBeGreaterThan(200);
    expect(violations).toEqual([]);
  }, 120_000);
});
