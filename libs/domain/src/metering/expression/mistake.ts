/** What is wrong with an expression, and the index of the character where it is. */
export interface Mistake {
  readonly at: number;
  readonly problem: string;
}

export const mistake = (at: number, problem: string): Mistake => ({ at, problem });

export const isMistake = (value: object): value is Mistake => 'problem' in value;

/** How much of the expression is shown after the place of a mistake. */
const EXCERPT_LENGTH = 20;

/** One sentence that points at the character, counted from 1, with what stands there. */
export function describeMistake(source: string, { at, problem }: Mistake): string {
  const rest = source.slice(at, at + EXCERPT_LENGTH);
  const cut = at + EXCERPT_LENGTH < source.length ? '…' : '';
  const where = rest === '' ? 'at the end' : `at ${JSON.stringify(rest + cut)}`;
  return `Character ${at + 1}, ${where}: ${problem}`;
}
