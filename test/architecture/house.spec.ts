import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';

/** Here such calls stand as examples. */
const THIS = 'test/architecture/house.spec.ts';
const UNTOLD_FOLDERS = ['utils', 'util', 'common', 'helpers', 'shared', 'types', 'misc'];
/** Golden files carry the name of their event: `<Type>@<version>.json`. */
const KEPT_NAMES =
  /^(README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|LICENSE|Dockerfile|([A-Z][a-z]+)+@[0-9]+)$/;
const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Everything that is or will be in the repository, by its path. */
function files(): string[] {
  const listed = execFileSync(
    'git',
    ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard'],
    { encoding: 'utf8' },
  );
  return listed.split('\n').filter((path) => path !== '' && existsSync(path));
}

const inHouse = (path: string): boolean => /^(apps|libs|test|docs|docker)\//.test(path);

/** `test-database` of `libs/testing/src/test-database.spec.ts`: the part of the name before what it says about its kind. */
const stem = (name: string): string => name.replace(/\..*$/, '');

/** Whether a name says what it is in words of lower case with dashes. */
const isKebab = (name: string): boolean => {
  const words = basename(name, extname(name)).split('.');
  return words.every((word) => KEBAB_CASE.test(word));
};

/** Calls that leave specs out, or all others. */
function leftOut(source: string): string[] {
  return (
    source.match(/\b(?:f|x)(?:describe|it)\(|\b(?:describe|it|test)\.(?:only|skip|todo)\b/g) ?? []
  );
}

describe('the house', () => {
  const house = files().filter(inHouse);
  const folders = [...new Set(house.flatMap((path) => path.split('/').slice(0, -1)))];
  const names = house.map((path) => path.split('/').at(-1)!);

  it('is looked at as a whole', () => {
    expect(house.length).toBeGreaterThan(250);
  });

  it('has no folder or file that could hold anything', () => {
    const untold = [...folders, ...names.map(stem)].filter((name) => UNTOLD_FOLDERS.includes(name));
    expect(untold).toEqual([]);
  });

  it('spells its names in lower case with dashes', () => {
    expect(folders.filter((name) => !KEBAB_CASE.test(name))).toEqual([]);
    expect(names.filter((name) => !KEPT_NAMES.test(stem(name)) && !isKebab(name))).toEqual([]);
  });

  it('has a page for each library', () => {
    const libraries = readdirSync('libs').filter((name) =>
      house.some((path) => path.startsWith(`libs/${name}/`)),
    );
    expect(libraries.length).toBeGreaterThan(6);
    expect(libraries.filter((name) => !existsSync(`libs/${name}/README.md`))).toEqual([]);
  });

  it('runs every spec it has', () => {
    const specs = house.filter((path) => path.endsWith('.spec.ts') && path !== THIS);
    const incomplete = specs.filter((path) => leftOut(readFileSync(path, 'utf8')).length > 0);
    expect(incomplete).toEqual([]);
  });
});

describe('a check of the house', () => {
  it.each(['it.only(', 'describe.skip(', 'xit(', 'fdescribe(', 'test.todo('])(
    'sees %s in a spec',
    (call) => {
      expect(leftOut(`${call}'name', () => undefined);`)).toHaveLength(1);
    },
  );

  it.each(['UserName.ts', 'user_name.ts', 'user.Service.ts', '-user.ts'])('finds %s', (name) => {
    expect(isKebab(name)).toBe(false);
  });

  it.each(['user-name.ts', 'usage.projection.spec.ts', 'v2.json'])('accepts %s', (name) => {
    expect(isKebab(name)).toBe(true);
  });
});
