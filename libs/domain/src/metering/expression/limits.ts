/** Longest expression, in UTF-16 units. */
export const EXPRESSION_LENGTH_MAX = 1_000;
/** How deep parentheses, calls and signs may stand in each other. */
export const EXPRESSION_DEPTH_MAX = 32;
/** Numbers, texts, names, operators and calls in one expression. */
export const EXPRESSION_NODES_MAX = 200;
/** Digits before or after the point of any number that is written or computed. */
export const EXPRESSION_DIGITS_MAX = 1_000;
/** Longest text that an expression may make, in UTF-16 units. */
export const EXPRESSION_TEXT_LENGTH_MAX = 1_000;
/** Decimal places that a number may be rounded to, and as many before the point. */
export const EXPRESSION_PLACES_MAX = 30;
