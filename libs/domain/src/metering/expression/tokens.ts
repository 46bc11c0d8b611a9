import { mistake, type Mistake } from './mistake.js';

/** `at` is the index of its first character. A `text` is what stands between the quotes, with escapes resolved. */
export interface Token {
  readonly kind: 'number' | 'text' | 'word' | 'symbol' | 'end';
  readonly text: string;
  readonly at: number;
}

const BLANK = /\s+/y;
const NUMBER = /\d+(\.\d+)?/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const SYMBOL = /[-+*/(),.[\]]/y;
const TEXT = /"(?:[^"\\]|\\["'\\])*"|'(?:[^'\\]|\\["'\\])*'/y;

/** Cuts an expression into tokens; the last one is the end. */
export function tokensOf(source: string): Token[] | Mistake {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  for (;;) {
    at += take(BLANK)?.length ?? 0;
    if (at === source.length) return [...tokens, { kind: 'end', text: '', at }];
    const found = tokenAt(take, at);
    if (found === null) return mistake(at, notAToken(source, at));
    tokens.push(found.token);
    at += found.length;
  }
}

function tokenAt(
  take: (pattern: RegExp) => string | undefined,
  at: number,
): { readonly token: Token; readonly length: number } | null {
  const patterns = [
    ['number', NUMBER],
    ['word', WORD],
    ['symbol', SYMBOL],
    ['text', TEXT],
  ] as const;
  for (const [kind, pattern] of patterns) {
    const text = take(pattern);
    if (text === undefined) continue;
    const shown = kind === 'text' ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text;
    return { token: { kind, text: shown, at }, length: text.length };
  }
  return null;
}

function notAToken(source: string, at: number): string {
  const character = String.fromCodePoint(source.codePointAt(at) as number);
  return character === '"' || character === "'"
    ? `This text has no closing ${character}, or a backslash before something else than a quote or a backslash.`
    : `${JSON.stringify(character)} means nothing here.`;
}
