import { readFile, writeFile } from 'node:fs/promises';
import { configTable } from './config-table.js';

const README = 'README.md';
const SECTION = /(<!-- config-table -->)[\s\S]*?(<!-- \/config-table -->)/;

/** `npm run docs:config`: writes the table of variables into the README. */
const readme = await readFile(README, 'utf8');
if (!SECTION.test(readme)) throw new Error(`${README} has no place for the configuration table`);
await writeFile(
  README,
  readme.replace(
    SECTION,
    (_, start: string, end: string) => `${start}\n\n${configTable()}\n\n${end}`,
  ),
);
