import type { ColumnTable } from "arquero";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { format } from "./flame-graph.js";
import { change, ink } from "./palette.js";
import { counted } from "./units.js";

interface Row {
  stage: string;
  quantile: number;
  before: number;
  after: number;
  change: number | null;
  change_low: number | null;
  change_high: number | null;
  n_before: number;
  n_after: number;
  effective_before?: number;
  effective_after?: number;
  verdict: string;
  why?: string | null;
}

const verdictColours: Readonly<Record<string, string>> = {
  lower: change.less,
  higher: change.more,
  "no difference seen": change.same,
  "cannot tell": ink.line,
};

/**
 * A rollout stage by stage: the change from the old version to the new in the same stage, with its interval, coloured
 * by the verdict. Left of 0 is lower, which is better for latencies. Takes a {@link canary}, a {@link compareLatency}, or any table
 * with their columns; `label` names the column of rows (default `stage`).
 *
 * @example
 * canaryChart(canary(operations), { unit: "ns" });
 */
export function canaryChart(
  table: ColumnTable,
  options: ChartOptions & { unit?: string; label?: string } = {},
): ChartSpec {
  const { unit = "ns", label = "stage" } = options;
  const rows = (table.objects() as unknown as (Row & Record<string, unknown>)[]).map((row) => ({
    label: String(row[label]),
    change: row.change,
    low: row.change_low,
    high: row.change_high,
    verdict: row.verdict,
    before: format(row.before, unit),
    after: format(row.after, unit),
    n: `${row.n_before} and ${row.n_after}`,
    worth: worthOf(row),
    why: row.why ?? "",
    text: `${format(row.before, unit)} → ${format(row.after, unit)}`,
  }));
  const seen = Object.keys(verdictColours).filter((verdict) => rows.some((row) => row.verdict === verdict));
  const scale = { domain: seen, range: seen.map((verdict) => verdictColours[verdict]) };
  const y = { field: "label", type: "nominal", sort: null, axis: { title: label, labelLimit: 160 } };
  const x = {
    type: "quantitative",
    axis: { title: "change from old to new", format: "+~%" },
    scale: { zero: true, padding: 12 },
  };
  const tooltip = [
    { field: "label", title: label },
    { field: "before" },
    { field: "after" },
    { field: "change", format: "+.1%" },
    { field: "low", title: "from", format: "+.1%" },
    { field: "high", title: "to", format: "+.1%" },
    { field: "n", title: "values" },
    { field: "worth", title: "independent" },
    { field: "verdict" },
    { field: "why" },
  ];
  // An interval with an end that nothing bounds has no line.
  const bounded = rows.filter(({ low, high }) => low !== null && high !== null);
  const interval = {
    data: { values: bounded },
    mark: { type: "rule", strokeWidth: 2.5 },
    encoding: {
      x: { ...x, field: "low" },
      x2: { field: "high" },
      color: { field: "verdict", type: "nominal", title: null, scale },
    },
  };
  const title = titleOf(rows, label);
  return chartSpec(
    {
      title,
      subtitle:
        "point: the change, line: its 95 % interval, single runs' own differences allowed for; left of 0 is lower",
      description: `Canary comparison of ${counted(rows.length, "stage")}. ${title}.`,
      width: 400,
      titleWidth: 640,
      height: { step: 34 },
      data: { values: rows },
      encoding: { y },
      layer: [
        {
          data: { values: [{ zero: 0 }] },
          mark: { type: "rule", color: ink.line, strokeDash: [3, 3] },
          encoding: { y: null, x: { ...x, field: "zero" } },
        },
        ...(bounded.length === 0 ? [] : [interval]),
        {
          mark: { type: "point", filled: true, size: 80, opacity: 1 },
          encoding: {
            x: { ...x, field: "change" },
            color: { field: "verdict", type: "nominal", title: null, scale },
            tooltip,
          },
        },
        {
          mark: { type: "text", align: "left", dx: 8, color: ink.text },
          encoding: { x: { value: "width" }, text: { field: "text" } },
        },
      ],
    },
    options,
  );
}

function worthOf({ effective_before, effective_after }: Row): string {
  if (effective_before === undefined || effective_after === undefined) return "";
  return `${Math.round(effective_before)} and ${Math.round(effective_after)}`;
}

function titleOf(rows: readonly { verdict: string }[], label: string): string {
  const count = (verdict: string): number => rows.filter((row) => row.verdict === verdict).length;
  const said = Object.keys(verdictColours)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`);
  return `By ${label}: ${said.join(", ") || "none"}`;
}
