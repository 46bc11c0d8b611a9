import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The content of a JSON file in this folder, by its path without `.json`. */
export const readData = <Data>(path: string): Data =>
  JSON.parse(
    readFileSync(fileURLToPath(new URL(`./${path}.json`, import.meta.url)), 'utf8'),
  ) as Data;
