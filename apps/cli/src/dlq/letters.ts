import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '@odometer/ingest';
import Table from 'cli-table3';

/** Bytes of a value that are not text and are shown in hexadecimal. */
const HEX_BYTES_MAX = 512;

const sourceOf = ({ source }: DeadLetter): string =>
  `${source.topic}/${source.partition}@${source.offset}`;

/** A line for each letter. */
export function tableOf(letters: readonly DeadLetter[]): string {
  const table = new Table({ head: ['offset', 'from', 'refused at', 'attempts', 'reason'] });
  for (const letter of letters) {
    const { offset, at, attempts, reason } = letter;
    table.push([offset, sourceOf(letter), at, attempts, reason]);
  }
  return table.toString();
}

/** All of one letter. */
export function describeLetter(letter: DeadLetter): string {
  const headers = Object.entries(letter.headers).map(
    ([name, value]) => `  ${name}: ${String(value)}`,
  );
  const errors = letter.errors.map(
    ({ pointer, code, detail }) => `  ${pointer} ${code}: ${detail}`,
  );
  return [
    `from      ${sourceOf(letter)}`,
    `refused   ${letter.at}, attempt ${letter.attempts}`,
    `reason    ${letter.reason}`,
    ...errors,
    `key       ${textOf(letter.key)}`,
    'headers',
    ...headers,
    'value',
    textOf(letter.value),
    '',
  ].join('\n');
}

function textOf(bytes: Buffer | null): string {
  if (bytes === null) return '(none)';
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const more = bytes.length > HEX_BYTES_MAX ? ` … ${bytes.length} bytes` : '';
  return `(not text) ${bytes.subarray(0, HEX_BYTES_MAX).toString('hex')}${more}`;
}
