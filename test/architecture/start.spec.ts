import { readFileSync } from 'node:fs';

const OPTIONS = ['--heap-growing-percent=100', '--enable-source-maps'];
const SERVER = 'dist/apps/server/src/main.js';

/** What a command of package.json gives to Node. */
function scriptOf(name: string): string {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  return scripts[name] ?? '';
}

describe('the server is started with the same options of Node', () => {
  it('by npm start', () => {
    expect(scriptOf('start')).toBe(`node ${OPTIONS.join(' ')} ${SERVER}`);
  });

  it('by npm run dev', () => {
    expect(scriptOf('dev')).toContain(` ${OPTIONS.join(' ')} ${SERVER}`);
  });

  it('by the image', () => {
    const command = JSON.stringify(['node', ...OPTIONS, SERVER]).replaceAll(',', ', ');
    expect(readFileSync('docker/Dockerfile', 'utf8')).toContain(`\nCMD ${command}\n`);
  });

  it('by the benchmark, which replays in a process of its own', () => {
    const options = OPTIONS.map((option) => `'${option}'`).join(', ');
    expect(readFileSync('test/bench/processes.ts', 'utf8')).toContain(`[${options}]`);
    expect(scriptOf('bench')).toMatch(new RegExp(` node ${OPTIONS.join(' ')} \\S+/main.js$`));
  });
});
