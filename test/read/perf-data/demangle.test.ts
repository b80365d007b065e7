import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Demangler } from "#lib/read/perf-data/demangle.js";
import { hasTool } from "../../support/has-tool.js";

const folder = join(import.meta.dirname, "../../fixtures/perf");
const pairs = readFileSync(join(folder, "names.tsv"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => line.split("\t"));

test("names are those of c++filt without parameters, as perf prints them", () => {
  const demangler = new Demangler();
  expect(pairs.length).toBeGreaterThan(700);
  expect(pairs.map(([symbol]) => [symbol, demangler.demangle(symbol)])).toEqual(pairs);
});

test("what is no mangled name is left alone", () => {
  const demangler = new Demangler();
  const plain = [
    "main",
    "_start",
    "__libc_start_main",
    "_Znot a name",
    "_R",
    "_Z",
    "main.main",
    "runtime.mallocgc",
  ];
  plain.push("type:.eq.[2]interface {}", "", "_ZN", `_ZN${"9".repeat(500)}a`, "_Z\u{1f600}");
  for (const symbol of plain) expect(demangler.demangle(symbol)).toBeUndefined();
});

test("a name that doubles with each of its parts is given up, and others after a few of them", () => {
  const demangler = new Demangler();
  expect(demangler.demangle(doubling(6))).toBe("f");
  const before = performance.now();
  for (let round = 0; round < 100; round++) demangler.demangle(doubling(14 + (round % 8)));
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(demangler.hasStopped).toBe(true);
  expect(demangler.demangle("_Z1fv")).toBeUndefined();
});

/** f(A, P<A, A>, P<P<A, A>, P<A, A> >, ...): each type twice the one before. */
function doubling(types: number): string {
  const substitution = (index: number): string =>
    index === 0 ? "S_" : `S${(index - 1).toString(36).toUpperCase()}_`;
  let symbol = "_Z1f1A1PIS_S_E";
  for (let index = 2; index <= types; index++) {
    const last = substitution(index);
    symbol += `S0_I${last}${last}E`;
  }
  return symbol;
}

const library = ["/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib64/libstdc++.so.6"].find((path) =>
  existsSync(path),
);
const hasTools = ["nm", "c++filt"].every((tool) => hasTool(tool, "--version"));

test.skipIf(!library || !hasTools)(
  "the functions of this machine's libstdc++ are named as c++filt names them (skipped without binutils)",
  () => {
    const listed = execFileSync("nm", ["-D", "--defined-only", library ?? ""], {
      encoding: "utf8",
      maxBuffer: 1e9,
    });
    const symbols = [...listed.matchAll(/ [TtWw] (_Z[^@\n]*)/g)].map(([, symbol]) => symbol);
    const input = `${symbols.join("\n")}\n`;
    const theirs = execFileSync("c++filt", ["-p", "-i"], { input, encoding: "utf8", maxBuffer: 1e9 }).split(
      "\n",
    );
    const demangler = new Demangler();
    const apart = symbols.filter((symbol, at) => (demangler.demangle(symbol) ?? symbol) !== theirs[at]);
    expect(symbols.length).toBeGreaterThan(2000);
    // One in a thousand: pointers to members that are functions, thunks of streams.
    expect(apart.length).toBeLessThan(symbols.length / 1000);
  },
);
