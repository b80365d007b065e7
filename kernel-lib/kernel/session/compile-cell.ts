// Turns a cell into JavaScript that runs inside an async function which is given a box for every name of the session.
//
// Types go first, by the TypeScript compiler; then every name of the session, declared by this cell or free in it, becomes
// the value in its box (`acc` is `__tb$acc.$tb`), so that a later cell can declare it anew and every closure sees the new
// value, at the speed of a property. The compiler's own symbols tell a name of the session from a local one that shadows
// it. Imports become dynamic ones (packages with top-level await load like any other), import.meta and import() go
// through the session, and the last expression is kept as the cell's value. Chosen over tslab's converter, which turns
// cells into CommonJS: that breaks shorthand, `await (x)`, `for await` and ESM-only packages.

import ts from "../typescript.cjs";
import { earlyError } from "./early-errors.js";
import { NameResolver } from "./name-resolver.js";
import { type DeclarationKind, sessionNames } from "./session-names.js";
import { SessionReferences } from "./session-references.js";

/** A cell that can be run. */
export interface CompiledCell {
  /** The body of an async function. */
  code: string;
  /** Source map from `code` to the cell, as JSON text. */
  map: string;
  /** Names the cell declares at its top level. */
  declares: ReadonlyMap<string, DeclarationKind>;
  /** The names of the session, declared or free, whose boxes the code uses. */
  uses: ReadonlySet<string>;
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

const { factory } = ts;

/** What a project's own configuration may say of how its code is to be compiled. */
export type CellOptions = Pick<
  ts.CompilerOptions,
  | "jsx"
  | "jsxFactory"
  | "jsxFragmentFactory"
  | "jsxImportSource"
  | "experimentalDecorators"
  | "useDefineForClassFields"
>;

const fixedOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  sourceMap: true,
  moduleDetection: ts.ModuleDetectionKind.Force,
  suppressOutputPathCheck: true,
  allowNonTsExtensions: true,
  noLib: true,
  noResolve: true,
};

/** Compiles a cell; a cell that does not parse comes back as its first error. */
export function compileCell(source: string, options: CellOptions = {}): CompiledCell | CellSyntaxError {
  // The line by which a script says what runs it is none of the code's, and has no other meaning here.
  const code = source.startsWith("#!") ? `//${source.slice(2)}` : source;
  // `{ a: 1, b: 2 }` is meant as an object, which it is in parentheses, unless it only parses as a block.
  if (/^\s*\{[\s\S]*\}\s*$/.test(code)) {
    const object = compile(`(${code}\n)`, 1, options, "cell.ts");
    if (!("message" in object)) return object;
  }
  const compiled = compile(code, 0, options, "cell.ts");
  if (!("message" in compiled) || !code.includes("<")) return compiled;
  // `<p>text</p>` is TypeScript in a .tsx file only, where `<T>value` is none: the cell is what it parses as.
  const element = compile(code, 0, options, "cell.tsx");
  return "message" in element ? compiled : element;
}

function compile(
  source: string,
  moved: number,
  given: CellOptions,
  fileName: string,
): CompiledCell | CellSyntaxError {
  const options = { jsx: ts.JsxEmit.React, experimentalDecorators: false, ...given, ...fixedOptions };
  const output = { code: "", map: "" };
  const program = ts.createProgram([fileName], options, hostOf(fileName, source, output));
  const file = program.getSourceFile(fileName) as ts.SourceFile;
  const [error] = program.getSyntacticDiagnostics(file);
  if (error) return syntaxError(ts.flattenDiagnosticMessageText(error.messageText, "\n"), file, error.start);
  const early = earlyError(file);
  if (early) return syntaxError(early.message, file, early.node.getStart(file));
  const declares = new Map<string, DeclarationKind>();
  const names = new NameResolver(program.getTypeChecker());
  const uses = new Set<string>();
  program.emit(file, undefined, undefined, false, {
    after: [(context) => (emitted) => sessionScoped(context, emitted, { declares, names, uses })],
  });
  const code = output.code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  return { code, map: output.map, declares, uses, moved };
}

// The cell is all there is to its program: what it means is known without its imports or any library.
function hostOf(fileName: string, source: string, output: { code: string; map: string }): ts.CompilerHost {
  return {
    getSourceFile: (name, options) =>
      name === fileName ? ts.createSourceFile(name, source, options) : undefined,
    writeFile: (name, text) => {
      if (name.endsWith(".map")) output.map = text;
      else output.code = text;
    },
    getDefaultLibFileName: () => "lib.d.ts",
    useCaseSensitiveFileNames: () => true,
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => "",
    getNewLine: () => "\n",
    fileExists: (name) => name === fileName,
    readFile: () => undefined,
    directoryExists: () => true,
    getDirectories: () => [],
  };
}

function syntaxError(message: string, file: ts.SourceFile | undefined, start: number = 0): CellSyntaxError {
  const place = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
  return { message, line: place.line + 1, column: place.character + 1 };
}

/** What is found out about a cell's names while it is rewritten. */
interface CellNames {
  declares: Map<string, DeclarationKind>;
  names: NameResolver;
  uses: Set<string>;
}

function sessionScoped(
  context: ts.TransformationContext,
  file: ts.SourceFile,
  { declares, names, uses }: CellNames,
): ts.SourceFile {
  const references = new SessionReferences(context, names, uses, declares);
  const hoisted: ts.Statement[] = [];
  const rest: ts.Statement[] = [];
  for (const statement of file.statements) {
    // The wrapper is strict already, and a directive must not count as the cell's last value.
    if (ts.isExpressionStatement(statement) && statement.pos < 0 && ts.isStringLiteral(statement.expression))
      continue;
    const parts = topLevel(statement, references);
    const target = ts.isFunctionDeclaration(statement) || ts.isImportDeclaration(statement) ? hoisted : rest;
    target.push(...parts);
  }
  const statements = [...hoisted, ...withResult(rest)];
  return factory.updateSourceFile(file, statements);
}

function topLevel(statement: ts.Statement, references: SessionReferences): ts.Statement[] {
  if (ts.isVariableStatement(statement)) return variables(statement, references);
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return named(statement, references);
  if (ts.isImportDeclaration(statement)) return imports(statement, references);
  if (ts.isExportAssignment(statement))
    return [expressionStatement(references.expression(statement.expression), statement)];
  // `export {}` and re-exports mean nothing in a notebook.
  return ts.isExportDeclaration(statement) ? [] : references.statement(statement);
}

function variables(statement: ts.VariableStatement, references: SessionReferences): ts.Statement[] {
  const list = statement.declarationList;
  // The compiler's own helper variables, which stand in for `using`, get their names when they are printed.
  if (list.declarations.some(({ name }) => name.pos < 0 && ts.getOriginalNode(name) === name))
    return references.statement(statement);
  // `var x;` keeps the value an earlier cell gave x, as it does within one script; an enum starts anew.
  const isVar = !(list.flags & ts.NodeFlags.BlockScoped);
  const bare = isVar && ts.isVariableStatement(ts.getOriginalNode(statement));
  return references.assignments(list, bare).map(({ at, expression }) => expressionStatement(expression, at));
}

function named(
  statement: ts.FunctionDeclaration | ts.ClassDeclaration,
  references: SessionReferences,
): ts.Statement[] {
  const { name } = statement;
  const value = ts.isFunctionDeclaration(statement)
    ? functionExpression(references.declared(statement))
    : classExpression(statement, references);
  if (!name) return [expressionStatement(factory.createParenthesizedExpression(value), statement)];
  references.declares.set(name.text, ts.isFunctionDeclaration(statement) ? "var" : "let");
  const assigned = factory.createAssignment(references.value(name), references.named(name.text, value));
  return [expressionStatement(assigned, statement)];
}

function functionExpression(statement: ts.FunctionDeclaration): ts.Expression {
  const { name, typeParameters, parameters, type, body, asteriskToken } = statement;
  const modifiers = ts.getModifiers(statement)?.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  const block = body ?? factory.createBlock([]);
  return factory.createFunctionExpression(
    modifiers,
    asteriskToken,
    name && factory.createIdentifier(name.text),
    typeParameters,
    parameters,
    type,
    block,
  );
}

function classExpression(statement: ts.ClassDeclaration, references: SessionReferences): ts.Expression {
  const { name, typeParameters, heritageClauses, members } = references.declared(statement);
  return factory.createClassExpression(
    ts.getDecorators(statement),
    name && factory.createIdentifier(name.text),
    typeParameters,
    heritageClauses,
    members,
  );
}

function imports(statement: ts.ImportDeclaration, references: SessionReferences): ts.Statement[] {
  const session = (name: string, ...more: ts.Expression[]) =>
    factory.createAwaitExpression(
      factory.createCallExpression(factory.createIdentifier(name), undefined, [
        statement.moduleSpecifier,
        ...more,
      ]),
    );
  const clause = statement.importClause;
  if (!clause) return [expressionStatement(session(sessionNames.import), statement)];
  const boxes: ts.Expression[] = [];
  const bind = (key: string, local: ts.Identifier) => {
    references.declares.set(local.text, "const");
    const box = references.box(local.text);
    boxes.push(factory.createArrayLiteralExpression([factory.createStringLiteral(key), box]));
  };
  if (clause.name) bind("default", clause.name);
  const bindings = clause.namedBindings;
  if (bindings && ts.isNamedImports(bindings)) {
    for (const { propertyName, name } of bindings.elements) bind((propertyName ?? name).text, name);
  }
  const statements: ts.Statement[] = [];
  if (bindings && ts.isNamespaceImport(bindings)) {
    references.declares.set(bindings.name.text, "const");
    const assigned = factory.createAssignment(references.value(bindings.name), session(sessionNames.import));
    statements.push(expressionStatement(assigned, statement));
  }
  if (boxes.length > 0) {
    const pairs = factory.createArrayLiteralExpression(boxes);
    statements.push(expressionStatement(session(sessionNames.named, pairs), statement));
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
