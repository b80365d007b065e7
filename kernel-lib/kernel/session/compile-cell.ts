// Turns a cell into JavaScript that runs inside an async function whose free names are looked up in the session.
//
// Types go first, by the TypeScript compiler; then every declaration at the cell's top level becomes an assignment to
// a name of the session, so that a later cell can declare it anew and every closure sees the new value. Imports become
// dynamic ones (packages with top-level await load like any other), import.meta and import() go through the session,
// and the last expression is kept as the cell's value. Chosen over tslab's converter, which turns cells into CommonJS:
// that breaks shorthand, `await (x)`, `for await` and ESM-only packages.

import ts from "../typescript.cjs";
import { earlyError, identifiers } from "./early-errors.js";

/** How a name is declared: a `const` or an import is given a value once, `let` and classes have none before. */
export type DeclarationKind = "const" | "let" | "var";

/** A cell that can be run. */
export interface CompiledCell {
  /** The body of an async function. */
  code: string;
  /** Source map from `code` to the cell, as JSON text. */
  map: string;
  /** Names the cell declares at its top level. */
  declares: ReadonlyMap<string, DeclarationKind>;
  /** By how many columns the cell's first line was moved to be compiled. */
  moved: number;
}

/** A cell that cannot be run: where and why. */
export interface CellSyntaxError {
  message: string;
  /** Line and column in the cell, from 1. */
  line: number;
  column: number;
}

/** Names that compiled code uses for what the session provides. */
export const sessionNames = {
  import: "__tb_import",
  named: "__tb_named",
  meta: "__tb_meta",
  result: "__tb_result",
} as const;

type Declares = Map<string, DeclarationKind>;

const { factory } = ts;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  sourceMap: true,
  experimentalDecorators: false,
  jsx: ts.JsxEmit.React,
  moduleDetection: ts.ModuleDetectionKind.Force,
};

/** Compiles a cell; a cell that does not parse comes back as its first error. */
export function compileCell(source: string): CompiledCell | CellSyntaxError {
  // `{ a: 1, b: 2 }` is meant as an object, which it is in parentheses, unless it only parses as a block.
  if (/^\s*\{[\s\S]*\}\s*$/.test(source)) {
    const object = compile(`(${source}\n)`, 1);
    if (!("message" in object)) return object;
  }
  return compile(source, 0);
}

function compile(source: string, moved: number): CompiledCell | CellSyntaxError {
  const declares: Declares = new Map();
  let early: CellSyntaxError | undefined;
  const check = (file: ts.SourceFile): ts.SourceFile => {
    const found = earlyError(file);
    if (found) early = syntaxError(found.message, file, found.node.getStart(file));
    return file;
  };
  const output = ts.transpileModule(source, {
    compilerOptions: options,
    fileName: "cell.ts",
    reportDiagnostics: true,
    transformers: {
      before: [() => check],
      after: [(context) => (file) => sessionScoped(context, file, declares)],
    },
  });
  const error = output.diagnostics?.find(({ category }) => category === ts.DiagnosticCategory.Error);
  if (error)
    return syntaxError(ts.flattenDiagnosticMessageText(error.messageText, "\n"), error.file, error.start);
  if (early) return early;
  const code = output.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  return { code, map: output.sourceMapText ?? "", declares, moved };
}

function syntaxError(message: string, file: ts.SourceFile | undefined, start: number = 0): CellSyntaxError {
  const place = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  return { message, line: place.line + 1, column: place.character + 1 };
}

function sessionScoped(
  context: ts.TransformationContext,
  file: ts.SourceFile,
  declares: Declares,
): ts.SourceFile {
  const inner = (node: ts.Node): ts.Node => ts.visitEachChild(viaSession(node), inner, context);
  const visited = ts.visitEachChild(file, inner, context);
  const hoisted: ts.Statement[] = [];
  const rest: ts.Statement[] = [];
  for (const statement of visited.statements) {
    // The wrapper is strict already, and a directive must not count as the cell's last value.
    if (ts.isExpressionStatement(statement) && statement.pos < 0 && ts.isStringLiteral(statement.expression))
      continue;
    const parts = topLevel(statement, declares);
    const target = ts.isFunctionDeclaration(statement) || ts.isImportDeclaration(statement) ? hoisted : rest;
    target.push(...parts);
  }
  const statements = [...hoisted, ...withResult(rest)];
  return factory.updateSourceFile(visited, statements);
}

// import(x) and import.meta belong to a module; a cell is none, so the session stands in.
function viaSession(node: ts.Node): ts.Node {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const imported = factory.createIdentifier(sessionNames.import);
    return factory.updateCallExpression(node, imported, undefined, node.arguments);
  }
  // `with` would hand the session's scope to the function as `this`: `(0, f)()` calls it without one.
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const plain = factory.createParenthesizedExpression(
      factory.createComma(factory.createNumericLiteral(0), node.expression),
    );
    // Errors of the call are placed at its parenthesis, which thus has to mean where the name begins.
    const start = Math.max(ts.getOriginalNode(node.expression).end - node.expression.text.length, 0);
    ts.setSourceMapRange(plain, { pos: start, end: start });
    return factory.updateCallExpression(node, plain, undefined, node.arguments);
  }
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
    return ts.setTextRange(factory.createIdentifier(sessionNames.meta), node);
  }
  return node;
}

function topLevel(statement: ts.Statement, declares: Declares): ts.Statement[] {
  if (ts.isVariableStatement(statement)) return variables(statement, declares);
  if (ts.isFunctionDeclaration(statement)) return named(statement, functionExpression(statement), declares);
  if (ts.isClassDeclaration(statement)) return named(statement, classExpression(statement), declares);
  if (ts.isImportDeclaration(statement)) return imports(statement, declares);
  if (ts.isExportAssignment(statement)) return [expressionStatement(statement.expression, statement)];
  // `export {}` and re-exports mean nothing in a notebook.
  return ts.isExportDeclaration(statement) ? [] : [statement];
}

function variables(statement: ts.VariableStatement, declares: Declares): ts.Statement[] {
  // A resource declared with `using` must stay a declaration to be disposed of.
  if (statement.declarationList.flags & ts.NodeFlags.Using) return [statement];
  // The compiler's own helper variables, which stand in for `using`, get their names when they are printed.
  if (
    statement.declarationList.declarations.some(
      ({ name }) => name.pos < 0 && ts.getOriginalNode(name) === name,
    )
  )
    return [statement];
  const { flags } = statement.declarationList;
  const isVar = !(flags & ts.NodeFlags.BlockScoped);
  const kind = isVar ? "var" : flags & ts.NodeFlags.Const ? "const" : "let";
  return statement.declarationList.declarations.flatMap((declaration) => {
    for (const { text } of identifiers(declaration.name)) declares.set(text, kind);
    // `var x;` keeps the value an earlier cell gave x, as it does within one script; an enum starts anew.
    if (!declaration.initializer && isVar && ts.isVariableStatement(ts.getOriginalNode(statement))) return [];
    const value = declaration.initializer ?? factory.createVoidZero();
    return [expressionStatement(assignment(declaration.name, value), declaration)];
  });
}

function assignment(name: ts.BindingName, value: ts.Expression): ts.Expression {
  const assigned = factory.createAssignment(assignable(name), value);
  return ts.isIdentifier(name) ? assigned : factory.createParenthesizedExpression(assigned);
}

// A binding pattern as the pattern of an assignment: `{ a, b: c = 1, ...rest }` as an object literal.
function assignable(name: ts.BindingName): ts.Expression {
  if (ts.isIdentifier(name)) return name;
  if (ts.isArrayBindingPattern(name)) {
    return factory.createArrayLiteralExpression(
      name.elements.map((element) => {
        if (ts.isOmittedExpression(element)) return element;
        const target = withDefault(element);
        return element.dotDotDotToken ? factory.createSpreadElement(target) : target;
      }),
    );
  }
  return factory.createObjectLiteralExpression(
    name.elements.map((element) => {
      if (element.dotDotDotToken) return factory.createSpreadAssignment(assignable(element.name));
      const key = element.propertyName ?? (element.name as ts.Identifier);
      return factory.createPropertyAssignment(key, withDefault(element));
    }),
  );
}

function withDefault(element: ts.BindingElement): ts.Expression {
  const target = assignable(element.name);
  return element.initializer ? factory.createAssignment(target, element.initializer) : target;
}

function named(
  statement: ts.FunctionDeclaration | ts.ClassDeclaration,
  value: ts.Expression,
  declares: Declares,
): ts.Statement[] {
  if (!statement.name) return [expressionStatement(factory.createParenthesizedExpression(value), statement)];
  declares.set(statement.name.text, ts.isFunctionDeclaration(statement) ? "var" : "let");
  return [expressionStatement(factory.createAssignment(statement.name, value), statement)];
}

function functionExpression(statement: ts.FunctionDeclaration): ts.Expression {
  const { name, typeParameters, parameters, type, body, asteriskToken } = statement;
  const modifiers = ts.getModifiers(statement)?.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  const block = body ?? factory.createBlock([]);
  return factory.createFunctionExpression(
    modifiers,
    asteriskToken,
    name,
    typeParameters,
    parameters,
    type,
    block,
  );
}

function classExpression(statement: ts.ClassDeclaration): ts.Expression {
  const { name, typeParameters, heritageClauses, members } = statement;
  return factory.createClassExpression(
    ts.getDecorators(statement),
    name,
    typeParameters,
    heritageClauses,
    members,
  );
}

function imports(statement: ts.ImportDeclaration, declares: Declares): ts.Statement[] {
  const session = (name: string, ...more: ts.Expression[]) =>
    factory.createAwaitExpression(
      factory.createCallExpression(factory.createIdentifier(name), undefined, [
        statement.moduleSpecifier,
        ...more,
      ]),
    );
  const clause = statement.importClause;
  if (!clause) return [expressionStatement(session(sessionNames.import), statement)];
  const properties: ts.ObjectLiteralElementLike[] = [];
  const names: ts.StringLiteral[] = [];
  const bind = (key: string, local: ts.Identifier) => {
    declares.set(local.text, "const");
    names.push(factory.createStringLiteral(key));
    properties.push(factory.createPropertyAssignment(factory.createStringLiteral(key), local));
  };
  if (clause.name) bind("default", clause.name);
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamedImports(bindings)) {
    for (const { propertyName, name } of bindings.elements) bind((propertyName ?? name).text, name);
  }
  const statements: ts.Statement[] = [];
  if (bindings && ts.isNamespaceImport(bindings)) {
    declares.set(bindings.name.text, "const");
    const assigned = factory.createAssignment(bindings.name, session(sessionNames.import));
    statements.push(expressionStatement(assigned, statement));
  }
  if (properties.length > 0) {
    const pattern = factory.createObjectLiteralExpression(properties);
    const module = session(sessionNames.named, factory.createArrayLiteralExpression(names));
    const assigned = factory.createAssignment(pattern, module);
    statements.push(expressionStatement(factory.createParenthesizedExpression(assigned), statement));
  }
  return statements;
}

function withResult(statements: ts.Statement[]): ts.Statement[] {
  const last = statements.at(-1);
  // Declarations, enums and namespaces have become expressions too, but have no value to show.
  if (!last || !ts.isExpressionStatement(last)) return statements;
  if (synthesized.has(last) || !ts.isExpressionStatement(ts.getOriginalNode(last))) return statements;
  const target = factory.createPropertyAccessExpression(
    factory.createIdentifier(sessionNames.result),
    "value",
  );
  const kept = expressionStatement(factory.createAssignment(target, last.expression), last);
  return [...statements.slice(0, -1), kept];
}

const synthesized = new WeakSet<ts.Statement>();

function expressionStatement(expression: ts.Expression, origin: ts.Node): ts.Statement {
  const statement = factory.createExpressionStatement(expression);
  synthesized.add(statement);
  ts.setSourceMapRange(statement, ts.getSourceMapRange(origin));
  return ts.setCommentRange(statement, { pos: -1, end: -1 });
}
