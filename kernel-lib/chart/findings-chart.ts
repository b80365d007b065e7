import type { ColumnTable } from "arquero";
import { shortFunction } from "../diagnose/code-names.js";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { palette } from "./palette.js";
import { shortened } from "./short-name.js";
import { formatNs, formatShare } from "./units.js";

interface Row {
  cause: string;
  where: string;
  behind: string;
  share: number;
  share_low: number;
  share_high: number;
  excess_ns: number;
  operations: number;
}

/**
 * What made the slow requests slow: a bar for each finding of a diagnosis, as long as its share of their time beyond a typical one's,
 * with the share's 95 % interval. Takes the `findings` of {@link diagnose}.
 *
 * @example
 * findingsChart(diagnose([trace]).findings);
 */
export function findingsChart(findings: ColumnTable, options: ChartOptions = {}): ChartSpec {
  const rows = (findings.objects() as Row[]).map((row) => ({
    ...row,
    label: shortened(`${row.cause}${row.where === "" ? "" : ` in ${shortFunction(row.where)}`}`, 46),
    behind: row.behind === "" ? "not known" : shortFunction(row.behind),
    excess: formatNs(row.excess_ns),
  }));
  const [first] = rows;
  const title = first
    ? `${formatShare(first.share)} of what the slow requests took beyond a typical one is ${first.label}`
    : "Nothing made requests slow";
  const x = {
    field: "share",
    type: "quantitative",
    scale: { domain: [0, 1] },
    axis: { format: "~%", title: null },
  };
  return chartSpec(
    {
      title,
      subtitle: "bar: share of the time beyond a typical request's; line: its 95 % interval",
      description:
        rows
          .map(
            (row) =>
              `${row.label}: ${formatShare(row.share)} (${formatShare(row.share_low)} to ${formatShare(row.share_high)})`,
          )
          .join("; ") || "0 findings.",
      width: 400,
      titleWidth: 640,
      height: { step: 36 },
      data: { values: rows },
      encoding: {
        y: { field: "label", type: "nominal", sort: null, axis: { title: null, labelLimit: 300 } },
      },
      layer: [
        {
          mark: { type: "bar", height: 18, color: palette.reference },
          encoding: {
            x,
            tooltip: [
              { field: "label", title: "cause" },
              { field: "behind", title: "behind it" },
              { field: "share", format: ".1%" },
              { field: "excess", title: "in all" },
              { field: "operations", title: "largest part of so many requests" },
            ],
          },
        },
        {
          mark: { type: "rule", strokeWidth: 2, color: palette.plain },
          encoding: { x: { field: "share_low", type: "quantitative" }, x2: { field: "share_high" } },
        },
      ],
    },
    options,
  );
}
