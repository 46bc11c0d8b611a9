import { configTable } from './config-table.js';

/** `npm run docs:config`. */
process.stdout.write(`${configTable()}\n`);
