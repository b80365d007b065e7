import ts from "../typescript.cjs";
import { identifiers } from "./early-errors.js";
import type { NameResolver } from "./name-resolver.js";
import { boxFields, boxName, type DeclarationKind, sessionNames } from "./session-names.js";

const { factory } = ts;

/** A declaration that has become an assignment. */
interface Assigned {
  at: ts.Node;
  expression: ts.Expression;
}

/** Rewrites what stands inside a cell's statements: every name of the session becomes the value in its box. */
export class SessionReferences {
  private readonly context: ts.TransformationContext;
  private readonly names: NameResolver;
  private readonly uses: Set<string>;
  /** What the cell declares, with how. */
  readonly declares: Map<string, DeclarationKind>;

  constructor(
    context: ts.TransformationContext,
    names: NameResolver,
    uses: Set<string>,
    declares: Map<string, DeclarationKind>,
  ) {
    this.context = context;
    this.names = names;
    this.uses = uses;
    this.declares = declares;
  }

  /** Whether the name that is declared here belongs to the session. */
  isSession(name: ts.Identifier): boolean {
    return this.names.isSession(name);
  }

  /** The box of a name of the session. */
  box(name: string): ts.Identifier {
    this.uses.add(name);
    return factory.createIdentifier(boxName(name));
  }

  /** The value in the box of a name of the session. */
  value(name: ts.Identifier, field: string = boxFields.value): ts.Expression {
    const value = factory.createPropertyAccessExpression(this.box(name.text), field);
    return ts.setSourceMapRange(value, ts.getSourceMapRange(name));
  }

  expression(node: ts.Expression): ts.Expression {
    return ts.visitNode(node, this.visit, ts.isExpression) as ts.Expression;
  }

  statement(node: ts.Statement): ts.Statement[] {
    const visited = ts.visitNode(node, this.visit) as ts.Statement | ts.Statement[] | undefined;
    return visited === undefined ? [] : Array.isArray(visited) ? visited : [visited];
  }

  children<T extends ts.Node>(node: T): T {
    return ts.visitEachChild(node, this.visit, this.context);
  }

  /** A value given to a name: a function or class without a name gets this one, as in any assignment to a variable. */
  named(name: string, value: ts.Expression): ts.Expression {
    if (!isAnonymousFunction(value)) return value;
    const holder = factory.createObjectLiteralExpression([
      factory.createPropertyAssignment(factory.createIdentifier(name), value),
    ]);
    return factory.createPropertyAccessExpression(factory.createParenthesizedExpression(holder), name);
  }

  /** A declaration's pattern as the target of an assignment: `{ a, b: c = 1, ...rest }` as an object literal. */
  assignable(name: ts.BindingName): ts.Expression {
    if (ts.isIdentifier(name)) return this.value(name);
    if (ts.isArrayBindingPattern(name)) {
      return factory.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (ts.isOmittedExpression(element)) return element;
          const target = this.withDefault(element);
          return element.dotDotDotToken ? factory.createSpreadElement(target) : target;
        }),
      );
    }
    return factory.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return factory.createSpreadAssignment(this.assignable(element.name));
        const key = element.propertyName ?? factory.createIdentifier((element.name as ts.Identifier).text);
        const visited = ts.isComputedPropertyName(key) ? this.children(key) : key;
        return factory.createPropertyAssignment(visited, this.withDefault(element));
      }),
    );
  }

  private withDefault(element: ts.BindingElement): ts.Expression {
    const target = this.assignable(element.name);
    if (!element.initializer) return target;
    const value = this.expression(element.initializer);
    const named = ts.isIdentifier(element.name) ? this.named(element.name.text, value) : value;
    return factory.createAssignment(target, named);
  }

  /** Declarations as assignments, one after the other; those that give no value are left out where `bare` says so. */
  assignments(list: ts.VariableDeclarationList, bare: boolean): Assigned[] {
    const kind = listKind(list);
    return list.declarations.flatMap((declaration): Assigned[] => {
      for (const { text } of identifiers(declaration.name)) {
        this.declares.set(text, kind);
        this.uses.add(text);
      }
      if (!declaration.initializer && bare) return [];
      const { name } = declaration;
      const value = declaration.initializer
        ? this.expression(declaration.initializer)
        : factory.createVoidZero();
      if (ts.isIdentifier(name)) {
        const expression = factory.createAssignment(this.value(name), this.named(name.text, value));
        return [{ at: declaration, expression }];
      }
      const assigned = factory.createAssignment(this.assignable(name), value);
      return [{ at: declaration, expression: factory.createParenthesizedExpression(assigned) }];
    });
  }

  readonly visit = (node: ts.Node): ts.VisitResult<ts.Node | undefined> => {
    if (ts.isIdentifier(node)) return this.names.isSession(node) ? this.value(node) : node;
    const rewrite = this.rewrites[node.kind] as
      | ((node: ts.Node) => ts.VisitResult<ts.Node> | undefined)
      | undefined;
    return rewrite?.(node) ?? this.children(node);
  };

  // By the kind of node; what a handler leaves undone (undefined) is visited as any other node.
  private readonly rewrites: Partial<
    Record<ts.SyntaxKind, (node: never) => ts.VisitResult<ts.Node> | undefined>
  > = {
    [ts.SyntaxKind.PropertyAccessExpression]: (node: ts.PropertyAccessExpression) => this.access(node),
    [ts.SyntaxKind.PropertyAssignment]: (node: ts.PropertyAssignment) =>
      factory.updatePropertyAssignment(node, this.key(node.name), this.expression(node.initializer)),
    [ts.SyntaxKind.ShorthandPropertyAssignment]: (node: ts.ShorthandPropertyAssignment) =>
      this.shorthand(node),
    [ts.SyntaxKind.MethodDeclaration]: (node: ts.MethodDeclaration) => this.member(node),
    [ts.SyntaxKind.GetAccessor]: (node: ts.GetAccessorDeclaration) => this.member(node),
    [ts.SyntaxKind.SetAccessor]: (node: ts.SetAccessorDeclaration) => this.member(node),
    [ts.SyntaxKind.PropertyDeclaration]: (node: ts.PropertyDeclaration) => this.member(node),
    [ts.SyntaxKind.BindingElement]: (node: ts.BindingElement) => this.bindingElement(node),
    [ts.SyntaxKind.VariableDeclaration]: (node: ts.VariableDeclaration) => this.declared(node),
    [ts.SyntaxKind.Parameter]: (node: ts.ParameterDeclaration) => this.declared(node),
    [ts.SyntaxKind.FunctionDeclaration]: (node: ts.FunctionDeclaration) => this.declared(node),
    [ts.SyntaxKind.FunctionExpression]: (node: ts.FunctionExpression) => this.declared(node),
    [ts.SyntaxKind.ClassDeclaration]: (node: ts.ClassDeclaration) => this.declared(node),
    [ts.SyntaxKind.ClassExpression]: (node: ts.ClassExpression) => this.declared(node),
    [ts.SyntaxKind.LabeledStatement]: (node: ts.LabeledStatement) => this.labeled(node),
    [ts.SyntaxKind.BreakStatement]: (node: ts.BreakStatement) => node,
    [ts.SyntaxKind.ContinueStatement]: (node: ts.ContinueStatement) => node,
    [ts.SyntaxKind.MetaProperty]: (node: ts.MetaProperty) => meta(node),
    [ts.SyntaxKind.CallExpression]: (node: ts.CallExpression) => this.call(node),
    [ts.SyntaxKind.TaggedTemplateExpression]: (node: ts.TaggedTemplateExpression) => this.tagged(node),
    [ts.SyntaxKind.TypeOfExpression]: (node: ts.TypeOfExpression) => this.typeOf(node),
    [ts.SyntaxKind.BinaryExpression]: (node: ts.BinaryExpression) => this.binary(node),
    [ts.SyntaxKind.PrefixUnaryExpression]: (node: ts.PrefixUnaryExpression) => this.unary(node),
    [ts.SyntaxKind.PostfixUnaryExpression]: (node: ts.PostfixUnaryExpression) => this.unary(node),
    [ts.SyntaxKind.VariableStatement]: (node: ts.VariableStatement) => this.nestedVariables(node),
    [ts.SyntaxKind.ForStatement]: (node: ts.ForStatement) => this.forLoop(node),
    [ts.SyntaxKind.ForInStatement]: (node: ts.ForInStatement) => this.forEach(node),
    [ts.SyntaxKind.ForOfStatement]: (node: ts.ForOfStatement) => this.forEach(node),
    [ts.SyntaxKind.CatchClause]: (node: ts.CatchClause) => this.caught(node),
  };

  private access(node: ts.PropertyAccessExpression): ts.Node {
    const expression = this.expression(node.expression);
    if (expression === node.expression) return node;
    if (ts.isPropertyAccessChain(node))
      return factory.updatePropertyAccessChain(node, expression, node.questionDotToken, node.name);
    return factory.updatePropertyAccessExpression(node, expression, node.name);
  }

  private key<T extends ts.PropertyName>(name: T): T {
    return ts.isComputedPropertyName(name) ? this.children(name) : name;
  }

  // `{ a }` names a key and a value.
  private shorthand(node: ts.ShorthandPropertyAssignment): ts.Node | undefined {
    if (!this.names.isSession(node.name)) {
      if (!node.objectAssignmentInitializer) return node;
      const initial = this.expression(node.objectAssignmentInitializer);
      return factory.updateShorthandPropertyAssignment(node, node.name, initial);
    }
    const value = this.value(node.name);
    const initial = node.objectAssignmentInitializer;
    return factory.createPropertyAssignment(
      factory.createIdentifier(node.name.text),
      initial ? factory.createAssignment(value, this.named(node.name.text, this.expression(initial))) : value,
    );
  }

  /** A declaration with its name as it stands, and all else in it visited. */
  declared<T extends ts.Node & { name?: ts.Node }>(node: T): T {
    return ts.visitEachChild(
      node,
      (child) => (child === node.name && ts.isIdentifier(child) ? child : this.visit(child)),
      this.context,
    );
  }

  private member(node: ts.Node & { name: ts.PropertyName }): ts.Node {
    return ts.visitEachChild(
      node,
      (child) => (child === node.name && !ts.isComputedPropertyName(node.name) ? child : this.visit(child)),
      this.context,
    );
  }

  private bindingElement(node: ts.BindingElement): ts.Node {
    const plain = (child: ts.Node) =>
      (child === node.propertyName || child === node.name) && ts.isIdentifier(child);
    return ts.visitEachChild(node, (child) => (plain(child) ? child : this.visit(child)), this.context);
  }

  private labeled(node: ts.LabeledStatement): ts.Node {
    return ts.visitEachChild(
      node,
      (child) => (child === node.label ? child : this.visit(child)),
      this.context,
    );
  }

  // import(x) belongs to a module; a cell is none, so the session stands in. Called through its box a function would
  // get the box as `this`: `(0, f.box)()` calls it without one.
  private call(node: ts.CallExpression): ts.Node | undefined {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const imported = factory.createIdentifier(sessionNames.import);
      return factory.updateCallExpression(node, imported, undefined, this.children(node).arguments);
    }
    const { expression } = node;
    if (!ts.isIdentifier(expression) || !this.names.isSession(expression)) return undefined;
    const callee = this.plain(expression);
    const visited = this.children(node);
    if (ts.isCallChain(node))
      return factory.updateCallChain(node, callee, node.questionDotToken, undefined, visited.arguments);
    return factory.updateCallExpression(node, callee, undefined, visited.arguments);
  }

  private tagged(node: ts.TaggedTemplateExpression): ts.Node | undefined {
    if (!ts.isIdentifier(node.tag) || !this.names.isSession(node.tag)) return undefined;
    const template = this.children(node).template;
    return factory.updateTaggedTemplateExpression(node, this.plain(node.tag), undefined, template);
  }

  private plain(callee: ts.Identifier): ts.Expression {
    const value = this.value(callee);
    const plain = factory.createParenthesizedExpression(
      factory.createComma(factory.createNumericLiteral(0), value),
    );
    // Errors of the call are placed at its parenthesis, which thus has to mean where the name begins.
    const start = Math.max(ts.getOriginalNode(callee).end - callee.text.length, 0);
    ts.setSourceMapRange(plain, { pos: start, end: start });
    return plain;
  }

  // A name that nobody has declared has a type all the same.
  private typeOf(node: ts.TypeOfExpression): ts.Node | undefined {
    let operand: ts.Expression = node.expression;
    while (ts.isParenthesizedExpression(operand)) operand = operand.expression;
    if (!ts.isIdentifier(operand) || !this.names.isSession(operand)) return undefined;
    return factory.updateTypeOfExpression(node, this.value(operand, boxFields.type));
  }

  private binary(node: ts.BinaryExpression): ts.Node | undefined {
    const { left, right, operatorToken } = node;
    const { kind } = operatorToken;
    if (kind < ts.SyntaxKind.FirstAssignment || kind > ts.SyntaxKind.LastAssignment) return this.chain(node);
    if (!ts.isIdentifier(left) || !this.names.isSession(left)) return undefined;
    const value = this.named(left.text, this.expression(right));
    return factory.updateBinaryExpression(node, this.target(left), operatorToken, value);
  }

  // A long concatenation is as deep as it is long: its left side is gone down without recursion.
  private chain(node: ts.BinaryExpression): ts.Node {
    const stack: ts.BinaryExpression[] = [];
    let first: ts.Expression = node;
    while (ts.isBinaryExpression(first) && !isAssignment(first)) {
      stack.push(first);
      first = first.left;
    }
    let left = this.expression(first);
    for (let at = stack.length - 1; at >= 0; at--) {
      const each = stack[at];
      left = factory.updateBinaryExpression(each, left, each.operatorToken, this.expression(each.right));
    }
    return left;
  }

  private unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): ts.Node | undefined {
    const { operand, operator } = node;
    const changes = operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
    if (!changes || !ts.isIdentifier(operand) || !this.names.isSession(operand)) return undefined;
    return ts.isPrefixUnaryExpression(node)
      ? factory.updatePrefixUnaryExpression(node, this.target(operand) as ts.UnaryExpression)
      : factory.updatePostfixUnaryExpression(node, this.target(operand) as ts.LeftHandSideExpression);
  }

  private target(name: ts.Identifier): ts.Expression {
    return this.value(name, this.names.isConstant(name) ? boxFields.constant : boxFields.value);
  }

  // `var` inside a block of the cell is the session's, as one at its top level.
  private nestedVariables(node: ts.VariableStatement): ts.Node | ts.Node[] | undefined {
    if (!this.isSessionVar(node.declarationList)) return undefined;
    const parts = this.assignments(node.declarationList, true);
    const statements = parts.map(({ at, expression }) => {
      const statement = factory.createExpressionStatement(expression);
      return ts.setSourceMapRange(statement, ts.getSourceMapRange(at));
    });
    return statements.length === 0 ? factory.createEmptyStatement() : statements;
  }

  private isSessionVar(list: ts.VariableDeclarationList): boolean {
    if (list.flags & ts.NodeFlags.BlockScoped) return false;
    return list.declarations.some(({ name }) => identifiers(name).some((one) => this.names.isSession(one)));
  }

  private forLoop(node: ts.ForStatement): ts.Node | undefined {
    const list = node.initializer;
    if (!list || !ts.isVariableDeclarationList(list) || !this.isSessionVar(list)) return undefined;
    const [first, ...rest] = this.assignments(list, true).map(({ expression }) => expression);
    const initial = rest.reduce((all, one) => factory.createComma(all, one), first);
    const { condition, incrementor, statement } = this.children(
      factory.updateForStatement(node, undefined, node.condition, node.incrementor, node.statement),
    );
    return factory.updateForStatement(node, initial, condition, incrementor, statement);
  }

  private forEach(node: ts.ForInStatement | ts.ForOfStatement): ts.Node | undefined {
    const list = node.initializer;
    if (!ts.isVariableDeclarationList(list) || !this.isSessionVar(list)) return undefined;
    const [{ name }] = list.declarations;
    for (const { text } of identifiers(name)) this.declares.set(text, "var");
    const target = this.assignable(name);
    const body = ts.visitNode(node.statement, this.visit, ts.isStatement, liftToBlock) as ts.Statement;
    const over = this.expression(node.expression);
    return ts.isForInStatement(node)
      ? factory.updateForInStatement(node, target, over, body)
      : factory.updateForOfStatement(node, node.awaitModifier, target, over, body);
  }

  // What is caught was worded by V8, which knows of the boxes.
  private caught(node: ts.CatchClause): ts.Node | undefined {
    const name = node.variableDeclaration?.name;
    if (!name || !ts.isIdentifier(name)) return undefined;
    const { variableDeclaration, block } = this.children(node);
    const worded = factory.createExpressionStatement(
      factory.createCallExpression(factory.createIdentifier(sessionNames.caught), undefined, [name]),
    );
    const body = factory.updateBlock(block, [worded, ...block.statements]);
    return factory.updateCatchClause(node, variableDeclaration, body);
  }
}

function listKind(list: ts.VariableDeclarationList): DeclarationKind {
  if (!(list.flags & ts.NodeFlags.BlockScoped)) return "var";
  return list.flags & ts.NodeFlags.Const ? "const" : "let";
}

function isAssignment({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
}

function isAnonymousFunction(value: ts.Expression): boolean {
  let inner = value;
  while (ts.isParenthesizedExpression(inner)) inner = inner.expression;
  if (ts.isArrowFunction(inner)) return true;
  return (ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) && !inner.name;
}

function meta(node: ts.MetaProperty): ts.Node {
  if (node.keywordToken !== ts.SyntaxKind.ImportKeyword) return node;
  return ts.setTextRange(factory.createIdentifier(sessionNames.meta), node);
}

function liftToBlock(nodes: readonly ts.Node[]): ts.Statement {
  return nodes.length === 1 ? (nodes[0] as ts.Statement) : factory.createBlock(nodes as ts.Statement[]);
}
