import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { FieldError } from '../../kernel/rule-broken.js';
import type { Aggregation } from '../aggregation.js';
import type { MeterDefinition } from '../meter-check.js';
import { describeLaws } from './laws.fixture.js';

/**
 * CONTRIBUTING.md shows how an aggregation is added. Here that is done, in a copy of the domain: its code blocks are written to the
 * files that their first lines name, its line is put into the registry, and what comes out is type-checked and tried.
 */
const SOURCE = 'libs/domain/src';
const repository = fileURLToPath(new URL('../../../../..', import.meta.url));
mkdirSync(join(repository, '.tmp'), { recursive: true });
const copy = mkdtempSync(join(repository, '.tmp', 'contributing-'));
afterAll(() => rmSync(copy, { recursive: true }));

cpSync(join(repository, SOURCE), copy, {
  recursive: true,
  filter: (path) => !/[.](spec|fixture)[.]ts$/.test(path),
});

const document = readFileSync(join(repository, 'CONTRIBUTING.md'), 'utf8');
const blocks = [...document.matchAll(/```ts\n\/\/ (\S+\/percentile\/\S+)\n(.*?)```/gs)].map(
  ([, path, text]) => ({ file: join(copy, relative(SOURCE, path!)), text: text! }),
);
for (const { file, text } of blocks) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const registryFile = join(copy, 'metering/aggregations/registry.ts');
const registered = readFileSync(registryFile, 'utf8').replace(
  /(export const aggregations: readonly Aggregation\[\] = \[[^\]]*)\]/,
  '$1  percentile,\n]',
);
writeFileSync(
  registryFile,
  `import { percentile } from './percentile/percentile.js';\n${registered}`,
);

const { aggregations } = (await import(registryFile)) as { aggregations: readonly Aggregation[] };
const { checkMeter } = (await import(join(copy, 'metering/meter-check.ts'))) as {
  checkMeter: (meter: MeterDefinition) => FieldError[];
};
const percentile = aggregations.find(({ code }) => code === 'percentile')!;
const meter = { code: 'latency', eventCode: 'request', filters: {}, groupBy: [] };

describe('the aggregation that CONTRIBUTING.md adds', () => {
  it('stands there whole, as a definition and its spec', () => {
    expect(blocks.map(({ file }) => relative(copy, file))).toEqual([
      'metering/aggregations/percentile/percentile.ts',
      'metering/aggregations/percentile/percentile.spec.ts',
    ]);
  });

  it('passes the compiler', () => {
    const config = ts.readConfigFile(
      join(repository, 'tsconfig.json'),
      ts.sys.readFile.bind(ts.sys),
    );
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, repository);
    const files = blocks.map(({ file }) => file);
    const program = ts.createProgram(files, { ...options, noEmit: true });
    const problems = files.flatMap((file) => {
      const source = program.getSourceFile(file)!;
      return [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
    });
    expect(problems.map(({ messageText }) => messageText)).toEqual([]);
  });

  it('is one of many, and meters of it are checked by its schema', () => {
    expect(aggregations.length).toBeGreaterThan(1);
    const aggregation = { type: 'percentile', field: 'ms', settings: { percent: 99 } };
    expect(checkMeter({ ...meter, aggregation })).toEqual([]);
    const bad = { ...aggregation, settings: { percent: 101 } };
    expect(checkMeter({ ...meter, aggregation: bad })).toMatchObject([
      { pointer: '/aggregation/settings/percent' },
    ]);
  });

  describe('as it is registered', () => describeLaws(percentile));
  describe('with its example', () => {
    const { apply, example } = percentile.settings!;
    describeLaws(apply(example));
  });
});

// Its spec is a module that says its tests when it is loaded.
await import(blocks[1]!.file);
