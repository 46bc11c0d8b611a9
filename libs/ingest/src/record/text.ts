/** What is known of all the strings of a body before any of them is looked at. */
export interface TextTraits {
  /** Only escapes bring NUL and lone surrogates into strings; without them no string needs to be searched. */
  readonly escapes: boolean;
  /** Most bytes that a UTF-16 unit takes when it is written as JSON: 1 for plain ASCII, 3 in UTF-8, 6 for an escape. */
  readonly bytesPerUnit: 1 | 3 | 6;
}

export function traitsOf(body: { readonly escapes: boolean; readonly ascii: boolean }): TextTraits {
  if (body.escapes) return { escapes: true, bytesPerUnit: 6 };
  return { escapes: false, bytesPerUnit: body.ascii ? 1 : 3 };
}

const UNSTORABLE = /\0|\p{Surrogate}/u;

/** PostgreSQL's text holds no NUL, and UTF-8 no lone surrogate: two such ids would become one. */
export const isStorableText = (text: string): boolean => !UNSTORABLE.test(text);
