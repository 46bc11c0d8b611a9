/** Texts side by side in UTF-8. */
export interface JoinedTexts {
  readonly bytes: Uint8Array;
  /** Where each text ends, which is where the next one begins. */
  readonly ends: Int32Array;
  /** Of the longest text. */
  readonly longest: number;
}

/** ASCII is encoded at once: text by text, the calls would cost more than the bytes. Half a surrogate pair becomes U+FFFD, as everywhere. */
export function joinTexts(texts: readonly string[]): JoinedTexts {
  const joined = texts.join('');
  const atOnce = Buffer.from(joined);
  const isAscii = atOnce.length === joined.length;
  // Halves of two texts must not make a pair.
  const bytes = isAscii ? atOnce : Buffer.concat(texts.map((text) => Buffer.from(text)));
  const ends = new Int32Array(texts.length);
  let end = 0;
  let longest = 0;
  for (let i = 0; i < texts.length; i += 1) {
    const length = isAscii ? texts[i]!.length : Buffer.byteLength(texts[i]!);
    end += length;
    ends[i] = end;
    if (length > longest) longest = length;
  }
  return { bytes, ends, longest };
}
