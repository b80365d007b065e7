import type { ColumnTable } from "arquero";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { ink, palette } from "./palette.js";
import { formatShare, significant } from "./units.js";

interface Row {
  range: string;
  spikes: number;
  hits: number;
  share: number;
  share_low: number;
  share_high: number;
  expected: number;
  expected_low: number;
  expected_high: number;
  ratio: number;
  p_value: number;
  onset_share?: number;
  onset_expected?: number;
  evidence?: string | null;
  verdict?: string;
  why?: string | null;
}

/**
 * Observed against chance: for each row of a {@link coincidence} table the share of spikes that overlap the ranges
 * (point, with its 95 % interval) and what chance gives (bar: 95 % of circular shifts, tick: their mean).
 * Rows of several tables can be drawn together; `label` names the column that tells them apart (default `range`).
 *
 * @example
 * coincidenceChart(coincidence(spikes(operations), trace.table("ranges"), { by: "name" }));
 */
export function coincidenceChart(
  table: ColumnTable,
  options: ChartOptions & { label?: string } = {},
): ChartSpec {
  const { label = "range" } = options;
  const rows = (table.objects() as (Row & Record<string, unknown>)[]).map((row) => ({
    ...row,
    label: String(row[label]),
    reading: readingOf(row),
  }));
  // Room for "stop-the-world (GC sweep termination)", measured as the SVG renderer does, at 0.8 of the font size a character.
  const y = { field: "label", type: "nominal", sort: null, axis: { title: null, labelLimit: 340 } };
  const percent = { format: "~%", title: "share of spikes that overlap" };
  const limit = Math.max(0.01, ...rows.map((row) => Math.max(row.share_high, row.expected_high)));
  const tooltip = [
    { field: "label", title: label },
    { field: "hits", title: "spikes that overlap", format: "," },
    { field: "spikes", format: "," },
    { field: "share", title: "observed", format: ".2%" },
    { field: "expected", title: "by chance", format: ".2%" },
    { field: "p_value", title: "p (one-sided)", format: ".2~g" },
    { field: "verdict" },
    { field: "evidence", title: "strongest in" },
    { field: "why" },
  ];
  return chartSpec(
    {
      title: titleOf(rows),
      subtitle:
        "point: observed, with its 95 % interval; bar: 95 % of what chance gives when spikes are shifted in time; the verdict also asks where they begin and end",
      description: rows.map(({ label: name, reading }) => `${name}: ${reading}`).join("; ") || "No ranges.",
      width: 440,
      titleWidth: 640,
      height: { step: 44 },
      data: { values: rows },
      encoding: { y },
      layer: [
        {
          mark: { type: "bar", height: 18, opacity: 0.55, color: palette.reference },
          encoding: {
            x: {
              field: "expected_low",
              type: "quantitative",
              axis: percent,
              scale: { domain: [0, Math.min(1, limit * 1.05)] },
            },
            x2: { field: "expected_high" },
            tooltip,
          },
        },
        {
          mark: { type: "tick", height: 18, thickness: 2, color: ink.strong },
          encoding: { x: { field: "expected", type: "quantitative" } },
        },
        {
          mark: { type: "rule", strokeWidth: 2 },
          encoding: {
            x: { field: "share_low", type: "quantitative" },
            x2: { field: "share_high" },
            color: { value: palette.plain },
          },
        },
        {
          mark: { type: "point", filled: true, size: 90, opacity: 1, color: palette.plain },
          encoding: { x: { field: "share", type: "quantitative" }, tooltip },
        },
      ],
    },
    options,
  );
}

function readingOf(row: Row): string {
  return (
    `${formatShare(row.share)} of ${row.spikes} spikes overlap (${formatShare(row.share_low)} to ` +
    `${formatShare(row.share_high)}); chance gives ${formatShare(row.expected)}, p = ${significant(row.p_value, 2)}: ${verdictOf(row)}`
  );
}

/** Tables made by hand, or kept from before, may lack the verdict. */
function verdictOf({ verdict, p_value }: Row): string {
  return verdict ?? (p_value <= 0.05 ? "more than chance" : "within chance");
}

function titleOf(rows: readonly (Row & { label: string })[]): string {
  if (rows.length === 0) return "No ranges to coincide with";
  const more = rows.filter((row) => verdictOf(row) === "more than chance");
  if (more.length > 0) {
    const most = more.reduce((a, b) => (b.share - b.expected > a.share - a.expected ? b : a));
    return `More than chance: ${formatShare(most.share)} of the spikes overlap ${most.label}, chance gives ${formatShare(most.expected)}${howOf(most)}`;
  }
  if (rows.every((row) => verdictOf(row) === "cannot tell"))
    return "Whether spikes have to do with these ranges, it cannot tell";
  return "Within chance: spikes have no more to do with these ranges than chance gives";
}

const how: Readonly<Record<string, string>> = {
  onset: "; they begin within",
  start: "; they begin when one begins",
  end: "; they end when one ends",
  dose: "; the longer the range the longer they are",
};

function howOf({ evidence }: Row): string {
  return how[evidence ?? ""] ?? "";
}
