import { type Notebook, sourceText } from "./notebook.js";
import ts from "./typescript.cjs";

/** A value that a parameter may have, as far as its declaration says. */
type Shape =
  | { is: "text" | "number" | "boolean" | "nothing" | "object" | "anything" }
  | { is: "literal"; value: string | number | boolean }
  | { is: "list"; of: Shape }
  | { is: "either"; of: Shape[] };

/** A parameter of a notebook: a variable that its cell tagged `parameters` declares. */
export interface NotebookParameter {
  readonly name: string;
  readonly shape: Shape;
  /** The texts of its default: paths, words. */
  readonly texts: readonly string[];
}

/** The parameters of a notebook, in the order of their declarations; none without a cell tagged `parameters`. */
export function notebookParameters(notebook: Notebook): NotebookParameter[] {
  const cells = notebook.cells.filter(({ metadata }) => metadata.tags?.includes("parameters"));
  return cells.flatMap((cell) => {
    const file = ts.createSourceFile("parameters.ts", sourceText(cell), ts.ScriptTarget.Latest, true);
    return file.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => [...declarationList.declarations])
      .flatMap(({ name, type, initializer }) => {
        if (!ts.isIdentifier(name)) return [];
        const shape = type ? shapeOfType(type) : shapeOfValue(initializer);
        return [{ name: name.text, shape, texts: textsOf(initializer) }];
      });
  });
}

/** Whether a value can be a parameter's. */
export function fits(value: unknown, shape: Shape): boolean {
  switch (shape.is) {
    case "anything":
      return true;
    case "text":
      return typeof value === "string";
    case "number":
    case "boolean":
      return typeof value === shape.is;
    case "nothing":
      return value === null || value === undefined;
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "literal":
      return value === shape.value;
    case "list":
      return Array.isArray(value) && value.every((item) => fits(item, shape.of));
    case "either":
      return shape.of.some((one) => fits(value, one));
  }
}

/** A shape in words: `a list of texts`. */
export function inWords(shape: Shape): string {
  if (shape.is === "literal") return JSON.stringify(shape.value);
  if (shape.is === "either") return shape.of.map(inWords).join(" or ");
  if (shape.is === "list") {
    const { of } = shape;
    return ["text", "number", "boolean", "object"].includes(of.is) ? `a list of ${of.is}s` : "a list";
  }
  return (
    { text: "a text", number: "a number", boolean: "true or false", nothing: "null" }[shape.is as "text"] ??
    `an ${shape.is}`
  );
}

const keywords: Partial<Record<ts.SyntaxKind, Shape>> = {
  [ts.SyntaxKind.StringKeyword]: { is: "text" },
  [ts.SyntaxKind.NumberKeyword]: { is: "number" },
  [ts.SyntaxKind.BooleanKeyword]: { is: "boolean" },
  [ts.SyntaxKind.UndefinedKeyword]: { is: "nothing" },
};

function shapeOfType(type: ts.TypeNode): Shape {
  const keyword = keywords[type.kind];
  if (keyword) return keyword;
  if (ts.isParenthesizedTypeNode(type)) return shapeOfType(type.type);
  if (ts.isTypeOperatorNode(type)) return shapeOfType(type.type);
  if (ts.isArrayTypeNode(type)) return { is: "list", of: shapeOfType(type.elementType) };
  if (ts.isUnionTypeNode(type)) return { is: "either", of: type.types.map(shapeOfType) };
  if (ts.isTypeLiteralNode(type)) return { is: "object" };
  if (ts.isLiteralTypeNode(type)) {
    return type.literal.kind === ts.SyntaxKind.NullKeyword ? { is: "nothing" } : literalShape(type.literal);
  }
  if (
    ts.isTypeReferenceNode(type) &&
    /^(?:Readonly)?Array$/.test(type.typeName.getText()) &&
    type.typeArguments
  ) {
    return { is: "list", of: shapeOfType(type.typeArguments[0]) };
  }
  // Types that are declared elsewhere are the cell's to check.
  return { is: "anything" };
}

function literalShape(node: ts.Node): Shape {
  const { is } = shapeOfValue(node as ts.Expression);
  if (ts.isStringLiteralLike(node)) return { is: "literal", value: node.text };
  if (is === "number") return { is: "literal", value: Number(node.getText()) };
  if (is === "boolean") return { is: "literal", value: node.kind === ts.SyntaxKind.TrueKeyword };
  return { is: "anything" };
}

function shapeOfValue(node: ts.Expression | undefined): Shape {
  if (!node) return { is: "anything" };
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return { is: "text" };
  if (ts.isNumericLiteral(node)) return { is: "number" };
  if (ts.isPrefixUnaryExpression(node)) return shapeOfValue(node.operand);
  if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword)
    return { is: "boolean" };
  if (ts.isObjectLiteralExpression(node)) return { is: "object" };
  if (ts.isArrayLiteralExpression(node)) {
    const items = node.elements.map(shapeOfValue);
    const same = items.every(({ is }) => is === items[0].is);
    return { is: "list", of: same && items[0] ? items[0] : { is: "anything" } };
  }
  return { is: "anything" };
}

function textsOf(node: ts.Expression | undefined): string[] {
  if (!node) return [];
  if (ts.isStringLiteralLike(node)) return [node.text];
  return ts.isArrayLiteralExpression(node) ? node.elements.flatMap(textsOf) : [];
}
