// Rust's legacy symbol names: `_ZN`, each part of the path with its length before it, a part `h` with a hash, `E`. They
// look like C++ names of nested functions; the hash tells them apart. Described in
// https://github.com/rust-lang/rustc-demangle/blob/main/src/legacy.rs.

const escapes: Readonly<Record<string, string>> = {
  SP: "@",
  BP: "*",
  RF: "&",
  LT: "<",
  GT: ">",
  LP: "(",
  RP: ")",
  C: ",",
};

/**
 * A legacy Rust name as it was written, without its hash; undefined for any other symbol.
 *
 * @example
 * demangleRust("_ZN5names4main17hd52b26720289402dE") // "names::main"
 */
export function demangleRust(symbol: string): string | undefined {
  const body = /^_?_ZN(.*)17h[0-9a-f]{16}E(?:\.llvm\.[0-9A-F]+)?$/.exec(symbol)?.[1];
  if (body === undefined) return undefined;
  const parts: string[] = [];
  for (let at = 0; at < body.length; ) {
    const digits = /^[1-9]\d{0,4}/.exec(body.slice(at, at + 5))?.[0];
    if (!digits) return undefined;
    const start = at + digits.length;
    at = start + Number(digits);
    if (at > body.length) return undefined;
    parts.push(unescaped(body.slice(start, at)));
  }
  return parts.length > 0 ? parts.join("::") : undefined;
}

function unescaped(part: string): string {
  // A part may not begin with an escape, so an underscore stands before it.
  const plain = part.startsWith("_$") ? part.slice(1) : part;
  return plain.replace(/\.\.|\$(\w+)\$/g, (all, code: string | undefined) => {
    if (code === undefined) return "::";
    const known = escapes[code];
    if (known) return known;
    const point = /^u([0-9a-f]{1,6})$/.exec(code)?.[1];
    return point && Number.parseInt(point, 16) <= 0x10ffff
      ? String.fromCodePoint(Number.parseInt(point, 16))
      : all;
  });
}
