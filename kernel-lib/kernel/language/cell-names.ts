import { identifiers } from "../session/early-errors.js";
import ts from "../typescript.cjs";

/** The names in a cell, as another cell is concerned by them. */
export interface CellNames {
  /** Declared at the top level, values and types alike. */
  declares: ReadonlySet<string>;
  /** Those of them that the cell exports itself. */
  exported: ReadonlySet<string>;
  /** Every identifier in the cell. */
  mentions: ReadonlySet<string>;
}

/** What a cell declares and mentions. */
export function cellNames(file: ts.SourceFile): CellNames {
  const declares = new Set<string>();
  const exported = new Set<string>();
  const mentions = new Set<string>();
  const declare = (statement: ts.Node, names: readonly string[]) => {
    for (const name of names) declares.add(name);
    const isExported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (isExported) for (const name of names) exported.add(name);
  };
  for (const statement of file.statements) declare(statement, declaredBy(statement));
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) mentions.add(node.text);
    // `var` in a block belongs to the cell.
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped) && isCellVar(node))
      for (const { name } of node.declarations)
        declare(
          node,
          identifiers(name).map(({ text }) => text),
        );
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { declares, exported, mentions };
}

function declaredBy(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations
      .flatMap(({ name }) => identifiers(name))
      .map(({ text }) => text);
  if (ts.isImportDeclaration(statement)) return importedBy(statement);
  const named =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement) ||
    ts.isImportEqualsDeclaration(statement);
  return named && statement.name && ts.isIdentifier(statement.name) ? [statement.name.text] : [];
}

function importedBy({ importClause }: ts.ImportDeclaration): string[] {
  const bindings = importClause?.namedBindings;
  const names = bindings && (ts.isNamespaceImport(bindings) ? [bindings] : [...bindings.elements]);
  return [importClause?.name, ...(names ?? []).map(({ name }) => name)].flatMap((name) => name?.text ?? []);
}

function isCellVar(list: ts.VariableDeclarationList): boolean {
  for (let around: ts.Node = list.parent; !ts.isSourceFile(around); around = around.parent) {
    if (ts.isFunctionLike(around) || ts.isModuleBlock(around) || ts.isClassStaticBlockDeclaration(around))
      return false;
  }
  return true;
}
