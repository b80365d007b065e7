import ts from "../typescript.cjs";

/** Names that mean the same wherever they stand, and cannot be declared. */
const fixed = new Set(["undefined", "globalThis", "arguments", "eval"]);

/** Tells what an identifier in a cell's emitted code means, by the compiler's symbols. */
export class NameResolver {
  private readonly checker: ts.TypeChecker;
  private readonly known = new Map<ts.Symbol, boolean>();

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  /**
   * Whether an identifier that stands for a value is a name of the session: declared at the cell's top level, or free in
   * the cell. Names that the compiler made up are none.
   */
  isSession(identifier: ts.Identifier): boolean {
    const written = writtenAs(identifier);
    if (!written || fixed.has(written.text)) return false;
    const symbol = this.symbolOf(written);
    if (!symbol?.declarations || symbol.declarations.length === 0) return true;
    if (!this.isTopLevel(symbol)) return false;
    // Within itself a class is known by a name of its own, which a later declaration does not change.
    const declaration = symbol.valueDeclaration;
    if (!declaration || !ts.isClassDeclaration(declaration) || written === declaration.name) return true;
    return !isWithin(written, declaration);
  }

  /** Whether an identifier that is assigned to was declared by this cell as a constant, or imported. */
  isConstant(identifier: ts.Identifier): boolean {
    const written = writtenAs(identifier);
    // What the compiler has made of the declaration itself, where there is `using` beside it.
    if (written && ts.isVariableDeclaration(written.parent) && written.parent.name === written) return false;
    const declaration = written && this.symbolOf(written)?.declarations?.[0];
    if (!declaration) return false;
    return isImported(declaration) || Boolean(ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const);
  }

  private symbolOf(written: ts.Identifier): ts.Symbol | undefined {
    if (written.parent && ts.isShorthandPropertyAssignment(written.parent))
      return this.checker.getShorthandAssignmentValueSymbol(written.parent);
    return this.checker.getSymbolAtLocation(written);
  }

  private isTopLevel(symbol: ts.Symbol): boolean {
    let top = this.known.get(symbol);
    if (top === undefined) {
      top = symbol.declarations?.some(isTopLevelDeclaration) ?? false;
      this.known.set(symbol, top);
    }
    return top;
  }
}

/** The identifier as the person wrote it; undefined for one that the compiler made up. */
function writtenAs(identifier: ts.Identifier): ts.Identifier | undefined {
  const madeUp = (identifier as { emitNode?: { autoGenerate?: unknown } }).emitNode?.autoGenerate;
  return madeUp ? undefined : ts.getParseTreeNode(identifier, ts.isIdentifier);
}

function isWithin(node: ts.Node, outer: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (at === outer) return true;
  return false;
}

function isImported(declaration: ts.Declaration): boolean {
  return (
    ts.isImportClause(declaration) ||
    ts.isImportSpecifier(declaration) ||
    ts.isNamespaceImport(declaration) ||
    ts.isImportEqualsDeclaration(declaration)
  );
}

function isTopLevelDeclaration(declaration: ts.Declaration): boolean {
  if (isImported(declaration)) return true;
  let variable: ts.Node = declaration;
  while (ts.isBindingElement(variable)) variable = variable.parent.parent;
  if (ts.isVariableDeclaration(variable)) return isTopLevelVariable(variable);
  const named =
    ts.isFunctionDeclaration(declaration) ||
    ts.isClassDeclaration(declaration) ||
    ts.isEnumDeclaration(declaration) ||
    ts.isModuleDeclaration(declaration);
  return named && ts.isSourceFile(declaration.parent);
}

function isTopLevelVariable(variable: ts.VariableDeclaration): boolean {
  const list = variable.parent;
  if (!ts.isVariableDeclarationList(list)) return false;
  if (list.flags & ts.NodeFlags.BlockScoped)
    return ts.isVariableStatement(list.parent) && ts.isSourceFile(list.parent.parent);
  // `var` belongs to the function around it, or to the cell.
  let around: ts.Node = list.parent;
  while (!ts.isSourceFile(around)) {
    if (ts.isFunctionLike(around) || ts.isModuleBlock(around) || ts.isClassStaticBlockDeclaration(around))
      return false;
    around = around.parent;
  }
  return true;
}
