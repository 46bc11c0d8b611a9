/** Longer keys are cut: an answer must not repeat a body. */
const KEY_SHOWN_MAX = 300;

/** One step down a JSON pointer (RFC 6901). */
export const childPointer = (pointer: string, key: string | number): string =>
  `${pointer}/${String(key).slice(0, KEY_SHOWN_MAX).replaceAll('~', '~0').replaceAll('/', '~1')}`;
