import { spreadOf, type Spread } from './spread.js';

/** One line of the result: a subject, its baseline in the same rounds, and the bar that their ratio is held to. */
export interface Row {
  readonly what: string;
  readonly against: string;
  /** The bar in words, with the better one after it where there are two; empty when the row only informs. */
  readonly bar: string;
  /** Null when the row has no bar. */
  readonly passed: boolean | null;
  readonly ratio: Spread;
  readonly subject: Spread;
  readonly baseline: Spread;
  readonly unit: string;
}

/** Both of one round. */
export interface Round {
  readonly subject: number;
  readonly baseline: number;
}

export type Bar =
  { readonly atLeast: readonly number[] } | { readonly atMost: readonly number[] } | null;

export function rowOf(
  { what, against, unit }: Pick<Row, 'what' | 'against' | 'unit'>,
  bar: Bar,
  rounds: readonly Round[],
): Row {
  const ratio = spreadOf(rounds.map(({ subject, baseline }) => subject / baseline));
  return {
    what,
    against,
    unit,
    bar: wordsOf(bar),
    passed: passes(ratio.median, bar),
    ratio,
    subject: spreadOf(rounds.map(({ subject }) => subject)),
    baseline: spreadOf(rounds.map(({ baseline }) => baseline)),
  };
}

function wordsOf(bar: Bar): string {
  if (bar === null) return '';
  return 'atLeast' in bar ? `≥ ${bar.atLeast.join(', then ')}` : `≤ ${bar.atMost.join(', then ')}`;
}

/** The first figure of a bar is the one to pass. */
function passes(ratio: number, bar: Bar): boolean | null {
  if (bar === null) return null;
  return 'atLeast' in bar ? ratio >= (bar.atLeast[0] ?? 0) : ratio <= (bar.atMost[0] ?? 0);
}
