/** How a name is declared: a `const` or an import is given a value once, `let` and classes have none before. */
export type DeclarationKind = "const" | "let" | "var";

/** Names that compiled code uses for what the session provides. */
export const sessionNames = {
  import: "__tb_import",
  named: "__tb_named",
  meta: "__tb_meta",
  caught: "__tb_caught",
  result: "__tb_result",
} as const;

/** The fields of the box that holds the value of a name of the session. */
export const boxFields: Readonly<Record<"value" | "type" | "constant", string>> = {
  value: "$tb",
  /** The value, or undefined for a name that nobody has declared: what `typeof` asks for. */
  type: "$tbType",
  /** What an assignment to a constant is compiled to; it throws. */
  constant: "$tbConst",
};

/** What compiled code calls the box of a name: nothing that anybody writes, so that nothing in the cell hides it. */
export function boxName(name: string): string {
  return `__tb$${name}`;
}

const prefix = /__tb\$(?=[\p{ID_Continue}$]+\.\$tb)/gu;
const calledPlainly = /\(0 ?, ([\p{ID_Continue}$]+)\.\$tb\)/gu;
const boxed = /\.\$tb(?:Type|Const)?(?![\p{ID_Continue}$])/gu;

/** Compiled code, or what V8 says of it, with the names as they were written: `(0, f.$tb)(x)` is `f(x)`. */
export function withoutBoxes(text: string): string {
  if (!text.includes("$tb")) return text;
  if (/^Cannot assign to read only property '\$tb(?:Const)?' of object/.test(text))
    return "Assignment to constant variable.";
  return text.replace(prefix, "").replace(calledPlainly, "$1").replace(boxed, "");
}
