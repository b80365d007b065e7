import type { ColumnTable } from "arquero";
import { requestParts } from "../analyze/request-breakdown.js";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { categories, palette, tints } from "./palette.js";
import { counted, formatNs, formatShare, nsAxis, nsExpression } from "./units.js";

/** What a part of a request is called and which colour it has. */
const parts: Readonly<Record<(typeof requestParts)[number], readonly [name: string, colour: string]>> = {
  running_ns: ["running", palette.Running],
  assist_ns: ["mark assist", palette.mark],
  sweep_ns: ["sweep", palette.sweep],
  runnable_ns: ["runnable", palette.Runnable],
  syscall_ns: ["system call", palette.Syscall],
  network_ns: ["network", categories[0]],
  sync_ns: ["mutex and sync", categories[1]],
  chan_ns: ["channel", categories[2]],
  sleep_ns: ["sleep", categories[6]],
  gc_wait_ns: ["waiting for the collector", tints.violet],
  other_wait_ns: ["other wait", palette.reference],
  queue_ns: ["queued", categories[3]],
  unknown_ns: ["unknown", tints.grey],
};

/**
 * Where the time of the slowest requests went: a stacked bar each, slowest on top, parts in the colours of the states.
 * Takes a {@link requestBreakdown}; `top` bars (default 25), or with `{ quantiles: true }` the requests at P50, P90,
 * P99, P99.9 and the slowest, which shows how the mix changes towards the tail.
 *
 * @example
 * breakdownChart(requestBreakdown(trace));
 */
export function breakdownChart(
  table: ColumnTable,
  options: ChartOptions & { top?: number; quantiles?: boolean } = {},
): ChartSpec {
  const all = table.objects() as unknown as Row[];
  const shown = options.quantiles
    ? atQuantiles(all)
    : all.slice(0, options.top ?? 25).map((row) => ({ row, label: labelOf(row) }));
  const marks = shown.flatMap(({ row, label }, order) =>
    requestParts
      .filter((part) => row[part] > 0)
      .map((part) => ({
        label,
        order,
        part: parts[part][0],
        rank: requestParts.indexOf(part),
        ns: row[part],
        start_ns: row.start_ns,
        total: formatNs(row.dur_ns),
      })),
  );
  const seen = requestParts.filter((part) => marks.some((mark) => mark.part === parts[part][0]));
  const title = titleOf(shown.map(({ row }) => row));
  return chartSpec(
    {
      title,
      subtitle: options.quantiles
        ? `${counted(all.length, "request")}; the ones at each quantile of the duration`
        : `the slowest ${shown.length} of ${counted(all.length, "request")}`,
      description: `Breakdown of request time. ${title}.`,
      height: { step: 17 },
      width: 520,
      titleWidth: 640,
      data: { values: marks },
      transform: [
        { calculate: nsExpression("datum.ns"), as: "time" },
        { calculate: nsExpression("datum.start_ns", 6), as: "at" },
      ],
      mark: { type: "bar", height: { band: 0.82 } },
      encoding: {
        y: {
          field: "label",
          type: "nominal",
          sort: { field: "order" },
          axis: { title: null, labelLimit: 160 },
        },
        x: { field: "ns", type: "quantitative", stack: "zero", axis: nsAxis("time") },
        color: {
          field: "part",
          type: "nominal",
          title: null,
          scale: { domain: seen.map((part) => parts[part][0]), range: seen.map((part) => parts[part][1]) },
          legend: { columns: 5 },
        },
        order: { field: "rank" },
        tooltip: [
          { field: "label", title: "request" },
          { field: "at", title: "began" },
          { field: "part" },
          { field: "time" },
          { field: "total", title: "in all" },
        ],
      },
    },
    options,
  );
}

type Row = Record<(typeof requestParts)[number] | "request" | "start_ns" | "dur_ns" | "g", number> & {
  type: string;
};

function labelOf(row: Row): string {
  return `${row.type} ${row.request}`;
}

// Rows come slowest first.
function atQuantiles(rows: readonly Row[]): { row: Row; label: string }[] {
  const at: [string, number][] = [
    ["slowest", 1],
    ["P99.9", 0.999],
    ["P99", 0.99],
    ["P90", 0.9],
    ["P50", 0.5],
  ];
  const found = at.map(([name, q]) => {
    const rank = Math.max(1, Math.ceil(q * rows.length * (1 - Number.EPSILON)));
    return {
      row: rows[rows.length - rank],
      label: `${name} (${formatNs(rows[rows.length - rank]?.dur_ns)})`,
    };
  });
  return found.filter(({ row }, i) => row !== undefined && row !== found[i - 1]?.row);
}

function titleOf(rows: readonly Row[]): string {
  if (rows.length === 0) return "No requests";
  const whole = rows.reduce((sum, row) => sum + row.dur_ns, 0);
  const sums = requestParts.map((part) => ({
    name: parts[part][0],
    ns: rows.reduce((sum, row) => sum + row[part], 0),
  }));
  const [most, next] = sums.sort((a, b) => b.ns - a.ns);
  return `${formatShare(most.ns / whole)} of the time shown is ${most.name}, ${formatShare(next.ns / whole)} ${next.name}`;
}
