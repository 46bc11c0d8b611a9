import ts from 'typescript';

/** A place in a source that spells a code. */
export interface Spelling {
  readonly file: string;
  readonly line: number;
  readonly code: string;
}

/** Texts shown in documentation decide nothing. */
const DOCUMENTATION = new Set(['example', 'examples', 'description']);
const DECIDING_PROPERTIES = new Set(['type', 'model', 'code', 'aggregation']);
/** Codes that are ordinary words count only where something is decided by them; any other text of such a code counts. */
const ORDINARY_WORDS = new Set([
  'count',
  'latest',
  'max',
  'maximum',
  'min',
  'minimum',
  'package',
  'standard',
  'sum',
  'volume',
]);

/**
 * Where a source spells one of the codes as a whole string: in a comparison, a `case`, a list, an argument, or as the value of
 * a property such as `model`. Comments, longer texts, and parts of types such as `Pick<T, 'count'>` are not looked at.
 */
export function spellingsIn(file: string, source: string, codes: ReadonlySet<string>): Spelling[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const found: Spelling[] = [];
  const visit = (node: ts.Node): void => {
    if (isDocumentation(node)) return;
    if (ts.isStringLiteralLike(node) && codes.has(node.text) && decides(node)) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      found.push({ file, line: line + 1, code: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const isDocumentation = (node: ts.Node): boolean =>
  ts.isPropertyAssignment(node) && DOCUMENTATION.has(node.name.getText());

function decides(literal: ts.StringLiteralLike): boolean {
  if (!ORDINARY_WORDS.has(literal.text)) return true;
  const { parent } = literal;
  if (ts.isPropertyAssignment(parent)) return DECIDING_PROPERTIES.has(parent.name.getText());
  return (
    ts.isBinaryExpression(parent) ||
    ts.isCaseClause(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isCallExpression(parent)
  );
}
