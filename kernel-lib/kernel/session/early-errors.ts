import ts from "../typescript.cjs";

/** A mistake that the parser lets pass and that running the cell would not show, or not where it is. */
export interface EarlyError {
  message: string;
  node: ts.Node;
}

/**
 * The first early error of a cell: a name declared twice, which would count as two assignments, or a `return` of no
 * function, which the function around every cell would obey.
 */
export function earlyError(file: ts.SourceFile): EarlyError | undefined {
  return declaredTwice(file) ?? looseReturn(file);
}

function declaredTwice(file: ts.SourceFile): EarlyError | undefined {
  const seen = new Map<string, Declared["kind"]>();
  for (const statement of file.statements) {
    for (const { name, kind } of declaredBy(statement)) {
      const before = seen.get(name.text);
      if (before !== undefined && !merges(before, kind))
        return { message: `Identifier '${name.text}' has already been declared`, node: name };
      seen.set(name.text, kind);
    }
  }
  return undefined;
}

interface Declared {
  name: ts.Identifier;
  kind: "once" | "var" | "function" | "enum" | "namespace" | "class";
}

function declaredBy(statement: ts.Statement): Declared[] {
  if (ts.isVariableStatement(statement)) {
    const kind = statement.declarationList.flags & ts.NodeFlags.BlockScoped ? "once" : "var";
    return statement.declarationList.declarations
      .flatMap(({ name }) => identifiers(name))
      .map((name) => ({ name, kind }));
  }
  if (ts.isFunctionDeclaration(statement) && statement.name)
    return [{ name: statement.name, kind: "function" }];
  if (ts.isClassDeclaration(statement) && statement.name) return [{ name: statement.name, kind: "class" }];
  if (ts.isEnumDeclaration(statement)) return [{ name: statement.name, kind: "enum" }];
  if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name))
    return [{ name: statement.name, kind: "namespace" }];
  return [];
}

// A script may declare var and functions over and over; enums and namespaces of one name are one, and a namespace adds to
// the class, function or enum before it.
function merges(before: Declared["kind"], kind: Declared["kind"]): boolean {
  const overAndOver = ["var", "function"];
  if (overAndOver.includes(before) && overAndOver.includes(kind)) return true;
  if (kind === "namespace") return ["namespace", "class", "function", "enum"].includes(before);
  return kind === "enum" && before === "enum";
}

/** The identifiers that a binding, also a destructuring one, declares. */
export function identifiers(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : identifiers(element.name),
  );
}

function looseReturn(node: ts.Node): EarlyError | undefined {
  if (ts.isReturnStatement(node)) return { message: "Illegal return statement", node };
  if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isExpression(node)) return undefined;
  return ts.forEachChild(node, looseReturn);
}
