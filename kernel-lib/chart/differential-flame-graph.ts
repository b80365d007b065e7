import type { ColumnTable } from "arquero";
import { numbers } from "../analyze/columns.js";
import type { ChartSpec } from "./chart-spec.js";
import { type FlameGraphOptions, flameSpec, flameView, format, leftOut } from "./flame-graph.js";
import { tints } from "./palette.js";

/**
 * What changed between two profiles, as one flame graph: boxes as wide as the mean of before and after, olive where
 * the function weighs more after, violet where less; the deeper the colour, the larger the change of the share.
 *
 * @param tree of {@link diffProfiles}
 * @example
 * differentialFlameGraph(diffProfiles(callTree(base), callTree(head)), { what: "CPU time" });
 */
export function differentialFlameGraph(tree: ColumnTable, options: FlameGraphOptions = {}): ChartSpec {
  const unit = options.unit ?? "share";
  const view = flameView(tree, { ...options, unit });
  const before = numbers(tree, "before");
  const after = numbers(tree, "after");
  const boxes = view.boxes.map((box) => ({
    ...box,
    before: format(before[box.row], unit),
    after: format(after[box.row], unit),
    change: Number((after[box.row] - before[box.row]).toPrecision(4)),
  }));
  const limit = Math.max(1e-9, ...boxes.slice(1).map(({ change }) => Math.abs(change)));
  const title = titleOf(tree, unit);
  return flameSpec(view, options, {
    title,
    subtitle: ["violet: less than before, olive: more", ...leftOut(view)].join("; "),
    description: `Differential flame graph of ${options.what ?? "two profiles"}. ${title}.`,
    colour: {
      field: "change",
      type: "quantitative",
      title: "change",
      scale: {
        domain: [-limit, 0, limit],
        range: [tints.violet, "#e4e7eb", tints.olive],
        interpolate: "rgb",
      },
      legend: { format: unit === "share" ? "+.1%" : "+.3~s", gradientLength: 160 },
    },
    boxes,
    tooltip: [
      { field: "func", title: "function" },
      { field: "before" },
      { field: "after" },
      { field: "change", format: unit === "share" ? "+.2%" : "+.4~s" },
    ],
  });
}

// The function whose own weight changed most: that of its callers follows from it.
function titleOf(tree: ColumnTable, unit: string): string {
  const rows = tree.objects() as { func: string; self_before: number; self_after: number }[];
  const by = new Map<string, [number, number]>();
  for (const { func, self_before, self_after } of rows) {
    const sum = by.get(func) ?? [0, 0];
    by.set(func, [sum[0] + self_before, sum[1] + self_after]);
  }
  const [most] = [...by].sort((a, b) => Math.abs(b[1][1] - b[1][0]) - Math.abs(a[1][1] - a[1][0]));
  if (!most || most[1][0] === most[1][1]) return "Both profiles are divided alike";
  return `${most[0]} itself went from ${format(most[1][0], unit)} to ${format(most[1][1], unit)}`;
}
