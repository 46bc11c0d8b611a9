/** How a statement writes the values that it is asked with. */
export interface SqlValues {
  /** SQL for a position or a count. */
  integer(value: number): string;
  text(value: string): string;
}

/** Values that travel beside the statement, whatever they hold. */
export class Parameters implements SqlValues {
  readonly values: unknown[] = [];

  integer(value: number): string {
    return this.add(value, 'bigint');
  }

  text(value: string): string {
    return this.add(value, 'text');
  }

  private add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

/** The only characters that are written into a statement: none of them ends a literal, escapes or begins anything. */
const PLAIN_TEXT = /^[A-Za-z0-9_-]*$/;

/** Whether a text may stand in a statement as it is: types of events, shards and ids of tenants nearly always do. */
export const isPlainText = (text: string): boolean => PLAIN_TEXT.test(text);

/** Positions and counts: whole, not below 0, and written without an exponent. */
export const isPlainInteger = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/**
 * For statements that take no parameters, as COPY does not. The rule of plain literals: nothing but safe integers and texts of ASCII letters,
 * digits, dashes and underscores becomes part of a statement. Who has anything else uses `Parameters`; here it throws.
 */
export class PlainLiterals implements SqlValues {
  integer(value: number): string {
    if (!isPlainInteger(value)) throw new Error(`${value} is no safe integer from 0 on`);
    return `${value}::bigint`;
  }

  text(value: string): string {
    if (!isPlainText(value)) {
      throw new Error(`${JSON.stringify(value)} has other characters than A-Z, a-z, 0-9, _ and -`);
    }
    return `'${value}'::text`;
  }
}
