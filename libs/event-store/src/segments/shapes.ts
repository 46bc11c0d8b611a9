import type { JsonObject, JsonValue } from '@odometer/domain';

/** Lists of property names, each once. Records that follow each other mostly have the same one, so that is looked at first. */
export class Shapes {
  readonly entries: string[][] = [];
  private readonly indexes = new Map<string, number>();
  private last: readonly string[] | undefined;
  private lastIndex = 0;

  /** Index of the list in `entries`, to which a new one is added. */
  indexOf(names: string[]): number {
    if (this.last !== undefined && sameNames(names, this.last)) return this.lastIndex;
    const key = JSON.stringify(names);
    let index = this.indexes.get(key);
    if (index === undefined) {
      index = this.entries.push(names) - 1;
      this.indexes.set(key, index);
    }
    this.last = names;
    this.lastIndex = index;
    return index;
  }
}

const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i]);

/** Makes properties of these names from the value at each index of the list. */
export function propertiesBuilderOf(
  names: readonly string[],
): (valueAt: (index: number) => JsonValue) => JsonObject {
  // Assigning this one name would set the prototype; fromEntries makes it a property like any other.
  if (names.includes('__proto__')) {
    return (valueAt) => Object.fromEntries(names.map((name, i) => [name, valueAt(i)]));
  }
  return (valueAt) => {
    const properties: JsonObject = {};
    for (let i = 0; i < names.length; i += 1) properties[names[i]!] = valueAt(i);
    return properties;
  };
}
