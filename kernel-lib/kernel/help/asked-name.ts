const name = String.raw`[\p{L}_$][\p{L}\p{N}_$.]*`;
const question = new RegExp(String.raw`^\s*(?:\?{1,2}\s*(${name})|(${name})\s*\?{1,2})\s*$`, "u");

/** The name that a cell asks about, as Jupyter's consoles have it (`load?` or `?load`); undefined for any other cell. */
export function askedName(code: string): string | undefined {
  const found = question.exec(code);
  return found?.[1] ?? found?.[2];
}
