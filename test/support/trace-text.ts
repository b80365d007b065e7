import { Wire } from "#lib/read/trace/wire.js";

const types = new Map<string, number>(Object.entries(Wire));

/** A case of Go's own tests: what is expected of the trace, and its bytes. */
export interface TraceCase {
  /** What the reason of its refusal must match; undefined when the trace is whole. */
  readonly refusal: RegExp | undefined;
  readonly bytes: Uint8Array;
}

/** Parses a `.test` file of Go's internal/trace/testdata/tests: a txtar with the sections `expect` and `trace`. */
export function traceCase(text: string): TraceCase {
  const sections = new Map<string, string>();
  const marks = [...text.matchAll(/^-- (\S+) --\n/gm)];
  for (const [at, mark] of marks.entries()) {
    sections.set(mark[1], text.slice(mark.index + mark[0].length, marks[at + 1]?.index));
  }
  const [word, pattern] = (sections.get("expect") ?? "").trim().split(/ (.*)/s);
  if (word !== "SUCCESS" && word !== "FAILURE") throw new Error(`unknown expectation ${word}`);
  return {
    refusal: word === "FAILURE" ? new RegExp(new TextDecoder().decode(unquoted(pattern))) : undefined,
    bytes: traceBytes(sections.get("trace") ?? ""),
  };
}

/** The bytes of a trace written as text, a line per event; see internal/trace/raw/textreader.go. */
export function traceBytes(text: string): Uint8Array {
  const out: number[] = [];
  for (const line of text.split("\n")) {
    const data = /^\s*data=(".*")\s*$/.exec(line);
    if (data) {
      const bytes = unquoted(data[1]);
      pushVarint(out, BigInt(bytes.length));
      out.push(...bytes);
      continue;
    }
    const [name, ...rest] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (name === "") continue;
    if (name === "Trace") {
      out.push(...new TextEncoder().encode(`go ${rest[0].slice(2)} trace`.padEnd(16, "\0")));
      continue;
    }
    const type = types.get(name);
    // Lines of a stack's frames have no name.
    const isFrame = name.startsWith("pc=");
    if (type === undefined && !isFrame) throw new Error(`unknown event ${name}`);
    if (type !== undefined) out.push(type);
    for (const argument of isFrame ? [name, ...rest] : rest) pushVarint(out, BigInt(argument.split("=")[1]));
  }
  return Uint8Array.from(out);
}

/** The bytes of a seed of Go's fuzzing: `go test fuzz v1` and a byte slice as Go writes it. */
export function fuzzSeed(text: string): Uint8Array {
  const literal = /^\[\]byte\((".*")\)$/m.exec(text);
  if (!literal) throw new Error("not a fuzz seed of one byte slice");
  return unquoted(literal[1]);
}

function pushVarint(out: number[], value: bigint): void {
  let left = value;
  for (; left >= 128n; left >>= 7n) out.push(Number(left & 127n) | 128);
  out.push(Number(left));
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The bytes of a Go string literal in double quotes. */
function unquoted(literal: string): Uint8Array {
  const out: number[] = [];
  const token = /\\x([0-9a-f]{2})|\\([0-7]{3})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)|[^\\]/gsu;
  for (const [whole, hex, octal, short, long, plain] of literal.slice(1, -1).matchAll(token)) {
    if (hex) out.push(Number.parseInt(hex, 16));
    else if (octal) out.push(Number.parseInt(octal, 8));
    else {
      const code = short ?? long;
      const text = code
        ? String.fromCodePoint(Number.parseInt(code, 16))
        : (escapes[plain] ?? plain ?? whole);
      out.push(...new TextEncoder().encode(text));
    }
  }
  return Uint8Array.from(out);
}
