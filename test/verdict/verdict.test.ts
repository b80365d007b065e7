import { wcagContrast } from "culori";
import { expect, test } from "vitest";
import { claims } from "#lib/verdict/claims.js";
import { ledger, openClaims } from "#lib/verdict/ledger.js";
import {
  type VerdictInput,
  type VerdictKind,
  verdict,
  verdictColours,
  verdictMediaType,
} from "#lib/verdict/verdict.js";

type Bundle = Record<string, unknown>;
const display = Symbol.for("Jupyter.display");
const bundleOf = (id: number, input: VerdictInput) =>
  (verdict(id, input) as unknown as Record<symbol, () => Bundle>)[display]();

const holds: VerdictInput = {
  verdict: "holds",
  measured: { value: "-32.2 %", spread: "exact" },
  reading: "The arithmetic is right.",
};
const notebook = (...verdicts: [number, VerdictInput][]) => ({
  cells: [{ outputs: verdicts.map(([id, input]) => ({ data: bundleOf(id, input) })) }, {}],
});

test("claims are numbered from 1 without a gap", () => {
  expect(claims.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
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
  expect(() => verdict(61, holds)).toThrow("there is no claim 61; claims are 1 to 60");
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
  expect(openClaims(entries)).toHaveLength(58);
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
