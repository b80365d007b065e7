/** A function's name as people say it: `main.(*stock).reserve` is `(*stock).reserve`, of a package path the last element stays. */
export function shortFunction(func: string): string {
  const generic = func.indexOf("[");
  const head = generic < 0 ? func : func.slice(0, generic);
  const slash = head.lastIndexOf("/");
  return func.slice(slash + 1).replace(/^main\./, "");
}

/** Whether the compiler named it: a function literal, or the wrapper of a go statement. */
export function isLiteral(func: string): boolean {
  return /\.(func\d+|gowrap\d+)(\.(func)?\d+|-range\d+|\.gowrap\d+)*$/.test(func);
}
