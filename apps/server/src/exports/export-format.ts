import { HttpProblem } from '../http/problem.js';
import { csvRow, type Cell } from './csv.js';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** The rows of an export in both forms. */
export interface ExportShape<Row> {
  /** Name of the file that browsers save, without its ending. */
  readonly name: string;
  readonly json: (row: Row) => object;
  readonly columns: readonly { readonly name: string; readonly cell: (row: Row) => Cell }[];
}

const NAMES: Readonly<Record<string, ExportFormat>> = {
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/json': 'ndjson',
  'application/*': 'ndjson',
  '*/*': 'ndjson',
  'text/csv': 'csv',
  'text/*': 'csv',
};

/** What was asked for: by `format`, else by the first type of the Accept header that there is. Throws HttpProblem `not_acceptable`. */
export function formatOf(asked: ExportFormat | undefined, accept = '*/*'): ExportFormat {
  if (asked !== undefined) return asked;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = parameters.some((part) => /^q=0(\.0*)?$/.test(part)) ? undefined : NAMES[type];
    if (format !== undefined) return format;
  }
  throw new HttpProblem(
    406,
    'not_acceptable',
    'Exports come as application/x-ndjson or text/csv: say so in Accept, or with format=ndjson or format=csv.',
  );
}

/** The export as text, a piece for each page. */
export async function* textsOf<Row>(
  format: ExportFormat,
  { json, columns }: ExportShape<Row>,
  pages: AsyncIterable<readonly Row[]>,
): AsyncGenerator<string, void> {
  if (format === 'csv') yield csvRow(columns.map(({ name }) => name));
  const lineOf =
    format === 'csv'
      ? (row: Row): string => csvRow(columns.map(({ cell }) => cell(row)))
      : (row: Row): string => `${JSON.stringify(json(row))}\n`;
  for await (const rows of pages) yield rows.map(lineOf).join('');
}
