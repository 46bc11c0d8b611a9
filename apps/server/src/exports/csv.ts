/** What a cell holds; null is an empty cell, the empty text a quoted one. */
export type Cell = string | number | boolean | null;

const NEEDS_QUOTES = /^$|[",\r\n]|^\s|\s$/;

/** What spreadsheets take for a formula when a cell begins with it; see OWASP on CSV injection. */
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

/**
 * One row by RFC 4180, with its line end. A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets show as the
 * text that was meant; numbers stay as they are.
 */
export const csvRow = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`;

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
