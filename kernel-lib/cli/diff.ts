import type { ColumnTable } from "arquero";
import { Command } from "commander";
import type { LoadedCapture } from "../capture/formats.js";
import { formatNs } from "../chart/units.js";
import { captureFiles } from "./capture-files.js";
import { loadCapture } from "./load-options.js";
import { jsonText, note, print, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

/** One difference that chance does not explain. */
interface Change {
  what: string;
  where: string;
  direction: "higher" | "lower";
  before: number;
  after: number;
  ratio: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
}

/** What both analyses say of one figure. */
interface Row {
  what: string;
  where: string | null;
  unit: string;
  before: number;
  after: number;
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  p_adjusted: number | null;
  verdict: string;
  why: string | null;
}

/** `tracebook diff BEFORE AFTER`: what changed between traces or operations logs, or folders of repeats of them. */
export function diffCommand(): Command {
  return new Command("diff")
    .description("what changed between two captures, or two folders of repeats, beyond chance")
    .argument("<before>", "a trace or an operations log, or a folder of repeats of one")
    .argument("<after>", "the same of the other program")
    .option("--json", "as one JSON object")
    .addHelpText("after", "\nExample: tracebook diff before/ after/")
    .action(async (before: string, after: string, flags: { json?: boolean }) => {
      const loaded = [await loadSide(before), await loadSide(after)];
      const sides = comparedOf(loaded, [before, after]);
      const rows = await compare(sides);
      const seen = rows
        .filter(({ verdict }) => verdict === "higher" || verdict === "lower")
        .sort((a, b) => effectOf(b) - effectOf(a));
      const verdict =
        seen.length > 0 ? "changed" : rows.some(isOpen) || rows.length === 0 ? "cannot-tell" : "no-change";
      const why = whyOf(rows, sides);
      await print(
        flags.json
          ? `${jsonText({ verdict, changes: seen.map(changeOf), why })}\n`
          : page(sentences[verdict](seen.length), seen, why),
      );
    });
}

const sentences = {
  changed: (n: number) =>
    `Changed: ${n} ${n === 1 ? "figure differs" : "figures differ"} by more than chance.`,
  "no-change": () => "No change seen.",
  "cannot-tell": () => "Cannot tell whether anything changed.",
};

async function loadSide(path: string): Promise<LoadedCapture[]> {
  const captures: LoadedCapture[] = [];
  for (const file of await captureFiles([path])) captures.push(await loadCapture(file, {}));
  return captures;
}

/** Of both sides the captures of the one kind that is compared. */
function comparedOf(sides: readonly LoadedCapture[][], paths: readonly string[]): LoadedCapture[][] {
  const found = [...new Set(sides.flat().map(({ kind }) => kind))];
  const kind = comparable.find((one) => sides.every((side) => side.some((capture) => capture.kind === one)));
  if (kind === undefined) {
    throw new UsageError(
      `${paths.join(" and ")}: hold captures of several kinds or of none that is compared (${found.join(", ")}); give traces or operations logs on both sides`,
    );
  }
  // A folder of `tracebook capture` has profiles beside its trace.
  const others = found.filter((one) => one !== kind);
  if (others.length > 0) note(`tracebook: ${kind} is compared; left out: ${others.join(", ")}`);
  return sides.map((side) => side.filter((capture) => capture.kind === kind));
}

async function compare(sides: readonly LoadedCapture[][]): Promise<Row[]> {
  if (sides[0][0].kind === "operations") return compareOperations(sides);
  const { diffCaptures } = await import("../analyze/diff-captures.js");
  return diffCaptures(sides[0], sides[1]).objects() as Row[];
}

/** Kinds of capture that are compared; where both sides have several, the first. */
const comparable = ["go-trace", "operations"] as const;

const alpha = 0.05;

/** Every kind of request by itself; the error rate is shared out among those that every run has, of others nothing can be told. */
async function compareOperations(sides: readonly LoadedCapture[][]): Promise<Row[]> {
  const { compareLatency } = await import("../analyze/compare-latency.js");
  const runs = sides.map((side) => side.map((capture) => byKind(operationsOf(capture))));
  const all = new Set(runs.flat().flatMap((run) => [...run.keys()]));
  const kinds = [...all].filter((kind) => runs.flat().every((run) => run.has(kind)));
  const missing = [...all].filter((kind) => !kinds.includes(kind)).map(notEverywhere);
  const compared = kinds.flatMap((kind) => {
    const [before, after] = runs.map((side) => side.map((run) => run.get(kind) as ColumnTable));
    const changes = compareLatency(before, after, { quantiles: [0.5, 0.99], alpha: alpha / kinds.length });
    return (
      changes.objects() as (Omit<Row, "what" | "where" | "unit" | "p_adjusted"> & { quantile: number })[]
    ).map(
      (row): Row => ({
        ...row,
        what: `latency P${100 * row.quantile}`,
        where: kind,
        unit: "ns",
        p_adjusted: null,
      }),
    );
  });
  return [...compared, ...missing];
}

function notEverywhere(kind: string): Row {
  const why = `requests of kind ${JSON.stringify(kind)} are not in every run`;
  const nothing = {
    before: Number.NaN,
    after: Number.NaN,
    change: null,
    change_low: null,
    change_high: null,
  };
  return {
    what: "latency",
    where: kind,
    unit: "ns",
    ...nothing,
    p_adjusted: null,
    verdict: "cannot tell",
    why,
  };
}

function operationsOf(capture: LoadedCapture): ColumnTable {
  if (capture.kind !== "operations") throw new TypeError(`${capture.kind} has no operations`);
  return capture.operations;
}

function byKind(operations: ColumnTable): Map<string, ColumnTable> {
  const kinds = new Set((operations.array("kind") as (string | null)[]).map((kind) => kind ?? ""));
  return new Map(
    [...kinds].map((kind) => [
      kind,
      operations
        .params({ kind })
        .filter((row: { kind: string | null }, $: { kind: string }) => (row.kind ?? "") === $.kind)
        .reify(),
    ]),
  );
}

function isOpen({ verdict }: Row): boolean {
  return verdict === "cannot tell";
}

/** How far apart, either way; what came from nothing, or went, is furthest. */
function effectOf({ before, after }: Row): number {
  return before > 0 && after > 0 ? Math.abs(Math.log(after / before)) : Number.MAX_VALUE;
}

function changeOf({ what, where, verdict, before, after, change, ...row }: Row): Change {
  return {
    what,
    where: where ?? "",
    direction: verdict === "higher" ? "higher" : "lower",
    before,
    after,
    ratio: ratio(change),
    low: ratio(row.change_low),
    high: ratio(row.change_high),
    p: row.p_adjusted,
  };
}

function ratio(change: number | null): number | null {
  return change === null ? null : 1 + change;
}

function whyOf(rows: readonly Row[], [before, after]: readonly LoadedCapture[][]): string {
  const asked = `${before.length} against ${after.length} runs, ${rows.length} figures asked, corrected for that`;
  const reasons = new Map<string, number>();
  for (const { verdict, why } of rows)
    if (verdict === "cannot tell" && why) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  const [most] = [...reasons].sort((a, b) => b[1] - a[1]);
  const open = rows.filter(isOpen).length;
  return most ? `${asked}; ${open} cannot be told, ${most[1]} of them because: ${most[0]}` : asked;
}

const shown = 12;

function page(sentence: string, changes: readonly Row[], why: string): string {
  const cells = changes
    .slice(0, shown)
    .map((row) => [
      row.verdict,
      row.what,
      valueText(row.before, row.unit),
      "->",
      valueText(row.after, row.unit),
      row.change === null ? "new" : `x${(1 + row.change).toFixed(2)}`,
      row.where ?? "",
    ]);
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => printable(line[column]).length)),
  );
  const lines = cells.map((line) =>
    line
      .map((text, column) => printable(text).padEnd(widths[column]))
      .join("  ")
      .trimEnd(),
  );
  const more = changes.length > shown ? [`and ${changes.length - shown} more; --json has them all`] : [];
  return `${[sentence, ...lines, ...more, `${printable(why)}.`].join("\n")}\n`;
}

function valueText(value: number, unit: string): string {
  return unit === "ns" ? formatNs(value) : `${Number(value.toPrecision(3))} ${unit}`;
}
