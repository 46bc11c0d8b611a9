/** A LIKE pattern for texts that begin with `prefix`, whatever wildcards stand in it. */
export const prefixPattern = (prefix: string): string =>
  `${prefix.replace(/[\\%_]/g, (wildcard) => `\\${wildcard}`)}%`;
