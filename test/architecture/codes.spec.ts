import { readdirSync, readFileSync } from 'node:fs';
import { adjustmentTypes, aggregations, chargeModels } from '@odometer/domain';
import { spellingsIn } from './codes.js';

const codes = new Set(
  [...aggregations, ...chargeModels, ...adjustmentTypes].map(({ code }) => code),
);

/** Sources that decide things: specs and fixtures are data, and so are demo tenants. */
function sources(): string[] {
  return ['apps', 'libs'].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter(
        (path) => /\.tsx?$/.test(path) && !/(^|\/)(dist|node_modules|demo|client)\//.test(path),
      )
      .filter((path) => !/\.(spec|fixture|d)\.tsx?$/.test(path))
      .map((path) => `${root}/${path}`),
  );
}

/** Each definition stands in a folder of its code, underscores written as dashes. */
const isOwnFolder = (file: string, code: string): boolean =>
  file.includes(`/aggregations/${code.replaceAll('_', '-')}/`) ||
  file.includes(`/charge-models/${code.replaceAll('_', '-')}/`) ||
  file.includes(`/adjustments/${code.replaceAll('_', '-')}/`);

describe('the code of a charge model, an adjustment or an aggregation', () => {
  it('is spelled in its own folder only', () => {
    const files = sources();
    expect(files.length).toBeGreaterThan(50);
    const spellings = files.flatMap((file) => spellingsIn(file, readFileSync(file, 'utf8'), codes));
    expect(new Set(spellings.map(({ code }) => code))).toEqual(codes);
    expect(spellings.filter(({ file, code }) => !isOwnFolder(file, code))).toEqual([]);
  });

  it.each([
    `if (charge.model === 'package') skip();`,
    `switch (type) { case 'sum': break; }`,
    `const paid = ['standard', other].includes(model);`,
    `const found = findAggregation("max");`,
    'const charge = { model: `volume`, properties };',
    `type Model = 'graduated' | Other;`,
    `const words = { kind: 'unique_count' };`,
  ])('is found in %s', (planted) => {
    expect(spellingsIn('planted.ts', `\n${planted}`, codes)).toEqual([
      { file: 'planted.ts', line: 2, code: expect.any(String) as string },
    ]);
  });

  it.each([
    `type Size = Pick<Page, 'count'>;`,
    `const options = { example: 'sum', examples: ['graduated'] };`,
    `// The model 'package' is not looked at here.`,
    `const text = 'a standard text';`,
    `const label = { level: 'max' };`,
  ])('is not seen in %s', (harmless) => {
    expect(spellingsIn('harmless.ts', harmless, codes)).toEqual([]);
  });
});
