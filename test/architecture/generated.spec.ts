import { readFile } from 'node:fs/promises';
import { configTable } from '../../apps/server/src/config/config-table.js';

describe('what is generated', () => {
  it('the configuration table of the README is the one the code says', async () => {
    expect(await readFile('README.md', 'utf8')).toContain(`\n${configTable()}\n`);
  });
});
