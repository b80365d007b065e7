import { wcagContrast } from "culori";
import { expect, test } from "vitest";
import { type Claim, claimsOf } from "#lib/verdict/claims.js";
import {
  type ExecutedNotebook,
  ledger,
  ledgerProgress,
  openClaims,
  verdictChanges,
} from "#lib/verdict/ledger.js";
import {
  type VerdictInput,
  type VerdictKind,
  verdictColours,
  verdictMediaType,
  verdict as verdictOn,
} from "#lib/verdict/verdict.js";

type Bundle = Record<string, unknown>;
const display = Symbol.for("Jupyter.display");
const list: Claim[] = [
  { id: "cache-slow", says: "The cache took 12 ms at P99" },
  { id: 52, chapter: "4.3", says: "The tree takes 32.2 % less" },
  { id: 8, chapter: "1", says: "Eight" },
  { id: 22, chapter: "2", says: "A line is copied whole" },
  { id: 41, chapter: "3.3", says: "Spikes are pauses" },
  { id: 1, says: "One" },
];
const claims = claimsOf(list);
const { verdict } = claims;
const bundleOf = (id: number | string, input: VerdictInput) =>
  (verdict(id, input) as unknown as Record<symbol, () => Bundle>)[display]();

const holds: VerdictInput = {
  verdict: "holds",
  measured: { value: "-32.2 %", spread: "exact" },
  reading: "The arithmetic is right.",
};
const notebook = (...verdicts: [number | string, VerdictInput][]) => ({
  cells: [{ outputs: verdicts.map(([id, input]) => ({ data: bundleOf(id, input) })) }, {}],
});

test("claims have ids of numbers or names, each once, and a sentence", () => {
  expect(claims.find("8")).toBe(list[2]);
  expect(claims.find("constructor")).toBeUndefined();
  expect(claimsOf({ title: "Ours", claims: list })).toMatchObject({ title: "Ours", list });
  expect(() => claimsOf([...list, { id: "8", says: "again" }])).toThrow("claim 8 is twice in the list");
  expect(() => claimsOf([{ says: "x" } as never])).toThrow("claim 1 of the list has no id");
  expect(() => claimsOf([{ id: 1 } as never])).toThrow("claim 1 does not say anything");
  expect(() => claimsOf({ claims: {} as never })).toThrow("is an array");
});

test("a verdict travels as its own media type, as a card and as a sentence", () => {
  const bundle = bundleOf(52, holds);
  expect(bundle[verdictMediaType]).toMatchObject({ claim: 52, chapter: "4.3", verdict: "holds" });
  expect(bundle["text/plain"]).toMatch(
    /^Claim 52 \(4\.3\), ".*": holds\. Measured: -32\.2 % \(exact\)\. The arithmetic/,
  );
  expect(bundle["text/html"]).toContain("Claim 52");
});

test("a condition is shown where the claim holds under one, and nowhere else", () => {
  const condition = "the array begins at a cache line";
  const shown = bundleOf(22, { ...holds, verdict: "holds-only-if", condition });
  expect(shown["text/plain"]).toContain(`holds only if ${condition}.`);
  expect(JSON.stringify(bundleOf(22, { ...holds, condition }))).not.toContain(condition);
});

test.each(Object.keys(verdictColours) as VerdictKind[])(
  "the word of a card reads on its colour: %s",
  (kind) => {
    const condition = kind === "holds-only-if" ? { condition: "it is so" } : {};
    const html = String(bundleOf(22, { ...holds, ...condition, verdict: kind })["text/html"]);
    const [, ground, ink] = /background:(#\w+);color:(#\w+)/.exec(html) ?? [];
    expect(ground).toBe(verdictColours[kind]);
    expect(wcagContrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
  },
);

test("text from a capture never becomes markup", () => {
  const html = bundleOf(41, { ...holds, reading: "<script>alert(1)</script>", captures: ['"><img src=x>'] })[
    "text/html"
  ];
  expect(html).not.toMatch(/<script|<img/);
  expect(html).toContain("&lt;script&gt;");
});

test("a verdict without its figure, without its condition or on no claim is refused", () => {
  expect(() => verdict(61, holds)).toThrow("there is no claim 61; the list has cache-slow, 52, 8, 22, 41, 1");
  const numbered = claimsOf([1, 2, 3].map((id) => ({ id, says: `sentence ${id}` })));
  expect(() => numbered.verdict(4, holds)).toThrow("there is no claim 4; the list has 1 to 3");
  expect(() => verdict(1, { ...holds, verdict: "constructor" as never })).toThrow("is no verdict; there are");
  expect(() => verdict(1, { verdict: "false", reading: "" })).toThrow("needs the figure it rests on");
  expect(() => verdict(1, { ...holds, verdict: "holds-only-if" })).toThrow("needs its condition");
});

test("the ledger reads verdicts from outputs, in order of claim", () => {
  const entries = ledger([
    { name: "b.ipynb", notebook: notebook([52, holds]) },
    { name: "a.ipynb", notebook: notebook([8, holds], [52, holds]) },
  ]);
  expect(entries.map(({ claim, notebook: from }) => [claim, from])).toEqual([
    [8, "a.ipynb"],
    [52, "b.ipynb"],
  ]);
  expect(openClaims(entries, claims)).toEqual(["cache-slow", 22, 41, 1]);
  expect(ledgerProgress(entries, claims)).toBe("2 of 6 claims have a verdict");
  expect(ledgerProgress(entries)).toBe("2 of 2 claims have a verdict");
});

test("with a list, its order; what is on no list follows, numbers before names", () => {
  const other = {
    cells: [{ outputs: [{ data: bare("own", "Ours alone") }, { data: bare(70, "Seventy") }] }],
  };
  const all = [
    { name: "a.ipynb", notebook: notebook([8, holds], ["cache-slow", holds]) },
    { name: "b.ipynb", notebook: other },
  ];
  expect(ledger(all, claims).map(({ claim }) => claim)).toEqual(["cache-slow", 8, 70, "own"]);
  expect(ledger(all).map(({ claim }) => claim)).toEqual([8, 70, "cache-slow", "own"]);
});

const bare = (id: number | string, says?: string): Bundle =>
  (verdictOn(id, { ...holds, says }) as unknown as Record<symbol, () => Bundle>)[display]();
const one = (name: string, data: Bundle): { name: string; notebook: ExecutedNotebook } => ({
  name,
  notebook: { cells: [{ outputs: [{ data }] }] },
});

test("a verdict on no list says what it was given, and no list's sentence is put in its mouth", () => {
  expect(bare("cache-slow", "Ours")["text/plain"]).toMatch(/^Claim cache-slow, "Ours": holds\./);
  expect(bare(1)["text/plain"]).toMatch(/^Claim 1: holds\./);
  expect(bare(1)["text/html"]).not.toContain("&sect;");
  // Beside a list, a verdict without a sentence is on the list's claim.
  expect(ledger([one("a.ipynb", bare(41))], claims)[0]).toMatchObject({
    says: "Spikes are pauses",
    chapter: "3.3",
  });
  expect(ledger([one("a.ipynb", bare("x"))], claims)[0]).toMatchObject({ claim: "x", says: "" });
});

test("two claims under one id are an error, in the list or out of it", () => {
  expect(() => ledger([one("a.ipynb", bare(41, "Ours"))], claims)).toThrow(
    'claim 41: a.ipynb judges "Ours", the list says "Spikes are pauses"',
  );
  expect(() => ledger([one("a.ipynb", bare(7, "A")), one("b.ipynb", bare("7", "B"))])).toThrow(
    'claim 7: a.ipynb judges "A", b.ipynb "B"',
  );
});

test("an id from a notebook is text: never markup, never a property of objects", () => {
  const id = "<img src=x onerror=alert(1)>";
  expect(bare(id, "x")["text/html"]).not.toContain("<img");
  expect(verdictChanges({}, ledger([one("a.ipynb", bare("constructor", "x"))]))).toEqual([
    "claim constructor: the verdict was none and is holds (a.ipynb)",
  ]);
});

test.each([
  ["an unknown verdict", { verdict: "constructor" }],
  ["no figures", { measured: null }],
  ["a figure without value", { measured: [{}] }],
  ["an id that is none", { claim: {} }],
])("what only looks like a verdict is none: %s", (_, wrong) => {
  const record = bare(7, "Seven")[verdictMediaType] as object;
  expect(ledger([one("a.ipynb", { [verdictMediaType]: { ...record, ...wrong } })])).toEqual([]);
});

test("two notebooks that disagree on a claim are an error", () => {
  const falsified: VerdictInput = { ...holds, verdict: "false" };
  expect(() =>
    ledger([
      { name: "a.ipynb", notebook: notebook([8, holds]) },
      { name: "b.ipynb", notebook: notebook([8, falsified]) },
    ]),
  ).toThrow("claim 8: a.ipynb says holds, b.ipynb says false");
});
