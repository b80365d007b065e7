import type { ColumnTable } from "arquero";
import { numbers, textAt, texts } from "../analyze/columns.js";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { shortName } from "./short-name.js";
import { formatCount, formatNs } from "./units.js";

/**
 * Who wakes whom, as a matrix: rows are the functions that wake, columns those that are woken, darker cells more
 * often. The `top` functions by wakes (default 14) have a row or column, the rest are "others". Takes a
 * {@link wakeMatrix}.
 *
 * @example
 * wakeMatrixChart(wakeMatrix(trace));
 */
export function wakeMatrixChart(
  matrix: ColumnTable,
  options: ChartOptions & { top?: number } = {},
): ChartSpec {
  const waker = texts(matrix, "waker");
  const woken = texts(matrix, "woken");
  const [count, waited, delay] = ["count", "waited_ns", "delay_ns"].map((name) => numbers(matrix, name));
  const kept = most(
    [waker, woken].flatMap((names) =>
      Array.from({ length: count.length }, (_, row): [string, number] => [
        textAt(names, row) ?? "unknown",
        count[row],
      ]),
    ),
    options.top ?? 14,
  );
  const cells = new Map<string, Cell>();
  for (let row = 0; row < count.length; row++) {
    const [by, to] = [waker, woken].map((names) => {
      const name = textAt(names, row) ?? "unknown";
      return kept.has(name) ? shortName(name) : "others";
    });
    const cell = cells.get(`${by} ${to}`) ?? { waker: by, woken: to, count: 0, waited: 0, delay: 0 };
    cells.set(`${by} ${to}`, cell);
    cell.count += count[row];
    cell.waited += waited[row];
    cell.delay += delay[row];
  }
  const all = [...cells.values()].sort((a, b) => b.count - a.count);
  const rows = all.map(({ waited: waited_ns, delay: delay_ns, ...cell }) => ({
    ...cell,
    waited: formatNs(waited_ns / cell.count),
    delay: formatNs(delay_ns / cell.count),
  }));
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const [first] = rows;
  const title = first
    ? `${first.waker} wakes ${first.woken} most often: ${formatCount(first.count)} of ${formatCount(total)} wakes`
    : "No wakes in this capture";
  const order = (names: string[]): string[] =>
    [...new Set(names)].sort((a, b) => Number(a === "others") - Number(b === "others"));
  return chartSpec(
    {
      title,
      subtitle: "rows wake, columns are woken; runtime: the network poller, timers and the like",
      description: `Who wakes whom. ${title}.`,
      width: { step: 34 },
      height: { step: 22 },
      data: { values: rows },
      encoding: {
        y: {
          field: "waker",
          type: "nominal",
          sort: order(rows.map((row) => row.waker)),
          axis: { title: "wakes", labelLimit: 220 },
        },
        x: {
          field: "woken",
          type: "nominal",
          sort: order(rows.map((row) => row.woken)),
          axis: { title: "is woken", labelAngle: -40, labelLimit: 200, orient: "bottom", labelFlush: false },
        },
      },
      layer: [
        {
          mark: { type: "rect", cornerRadius: 2 },
          encoding: {
            color: {
              field: "count",
              type: "quantitative",
              title: "wakes",
              scale: {
                type: "log",
                domain: [1, Math.max(2, first?.count ?? 2)],
                range: ["#dddaf9", "#4a41b0"],
              },
              legend: {
                format: "~s",
                gradientLength: 140,
                values: [1, 10, 100, 1e3, 1e4, 1e5].filter((tick) => tick <= (first?.count ?? 1)),
              },
            },
            tooltip: [
              { field: "waker", title: "wakes" },
              { field: "woken", title: "is woken" },
              { field: "count", format: "," },
              { field: "waited", title: "had waited, mean" },
              { field: "delay", title: "until it ran, mean" },
            ],
          },
        },
        {
          mark: { type: "text", fontSize: 10 },
          encoding: {
            text: { field: "count", type: "quantitative", format: ".2~s" },
            color: {
              condition: { test: `datum.count > ${Math.sqrt(first?.count ?? 1)}`, value: "#ffffff" },
              value: "#14181f",
            },
          },
        },
      ],
    },
    options,
  );
}

interface Cell {
  waker: string;
  woken: string;
  count: number;
  waited: number;
  delay: number;
}

function most(counts: readonly [string, number][], top: number): Set<string> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  return new Set(
    [...sums]
      .sort((a, b) => b[1] - a[1])
      .slice(0, top)
      .map(([name]) => name),
  );
}
