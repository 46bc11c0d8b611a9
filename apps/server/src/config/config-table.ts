import type { TSchema } from '@sinclair/typebox';
import { expectation } from './config.js';
import { VARIABLES } from './variables.js';

/** The README's table of variables, in Markdown. */
export function configTable(): string {
  const rows = Object.entries(VARIABLES.properties).map(([name, schema]: [string, TSchema]) => {
    const fallback = schema.default === undefined ? 'none' : `\`${String(schema.default)}\``;
    const meaning = (schema.description ?? '').replaceAll('|', '\\|');
    return `| \`${name}\` | ${fallback} | ${limitsOf(schema)} | ${meaning} |`;
  });
  return ['| variable | default | limits | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function limitsOf(schema: TSchema): string {
  if (schema['type'] === 'integer')
    return `${String(schema['minimum'])} … ${String(schema['maximum'])}`;
  return Array.isArray(schema['choices']) ? expectation(schema) : 'text';
}
