import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '@odometer/ingest';
import Table from 'cli-table3';

/** Bytes of a value that are not text and are shown in hexadecimal. */
const HEX_BYTES_MAX = 512;

const sourceOf = ({ source }: DeadLetter): string =>
  `${source.topic}/${source.partition}@${source.offset}`;

/** A line for each letter. */
export function tableOf(letters: readonly DeadLetter[]): string {
  const table = new Table({
    head: ['offset', 'from', 'refused at', 'attempts', 'reason'],
    style: { head: [], border: [] },
  });
  for (const letter of letters) {
    const { offset, at, attempts, reason } = letter;
    table.push([offset, harmless(sourceOf(letter)), harmless(at), attempts, harmless(reason)]);
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
  const lines = [
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
  ];
  return lines.map(harmless).join('\n');
}

/** Whoever wrote the message must not write to the terminal: control characters are shown, not sent. */
const harmless = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}/gu, (unit) => {
    const code = unit.charCodeAt(0).toString(16).padStart(2, '0');
    return `\\x${code}`;
  });

function textOf(bytes: Buffer | null): string {
  if (bytes === null) return '(none)';
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const more = bytes.length > HEX_BYTES_MAX ? ` … ${bytes.length} bytes` : '';
  return `(not text) ${bytes.subarray(0, HEX_BYTES_MAX).toString('hex')}${more}`;
}
