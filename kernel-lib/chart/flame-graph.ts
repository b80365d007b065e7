import type { ColumnTable } from "arquero";
import { type Numbers, numbers, type Texts, textAt, texts } from "../analyze/columns.js";
import { type ChartOptions, type ChartSpec, chartSpec, defaultWidth, zoom } from "./chart-spec.js";
import { ink, tints } from "./palette.js";
import { shortName } from "./short-name.js";
import { formatBytes, formatCount, formatNs, formatShare, significant } from "./units.js";

/** Options of {@link flameGraph}. */
export interface FlameGraphOptions extends ChartOptions {
  /** What the tree's values are, for its texts (default "count"). */
  unit?: "ns" | "nanoseconds" | "bytes" | "count" | string;
  /** What is drawn, for the title: "CPU time", "time blocked on channels". */
  what?: string;
  /** Root on top, as an icicle (default), or at the bottom. */
  rootOnTop?: boolean;
  /** Draw only this function's subtree: the node where it first occurs with the most weight. */
  focus?: string;
  /** Levels drawn at most (default 40). */
  levels?: number;
}

/** A box of a flame graph. */
export interface FlameBox {
  func: string;
  depth: number;
  x: number;
  x2: number;
  self: string;
  total: string;
  share: number;
  label: string;
}

const maxBoxes = 2500;

/**
 * A flame graph of a call tree (`callTree`, `stackTree`): each box a function called by the one it hangs from, as
 * wide as what it weighs with all it calls. Wheel and drag zoom along the width. Boxes narrower than half a pixel
 * are left out: their callers' boxes keep their weight, and the subtitle says how many.
 *
 * @example
 * flameGraph(callTree(cpu), { unit: "nanoseconds", what: "CPU time" });
 */
export function flameGraph(tree: ColumnTable, options: FlameGraphOptions = {}): ChartSpec {
  const view = flameView(tree, options);
  const { boxes, heaviest, whole } = view;
  const what = options.what ?? "weight";
  const title = heaviest
    ? `${formatShare(heaviest.share)} of the ${what} is in ${heaviest.func} itself`
    : `No ${what}`;
  return flameSpec(view, options, {
    title,
    subtitle: [`${format(whole, options.unit)} in all`, ...leftOut(view)].join("; "),
    description: `Flame graph of ${what}, ${format(whole, options.unit)} in ${formatCount(boxes.length)} boxes. ${title}.`,
    colour: {
      field: "area",
      type: "nominal",
      title: null,
      scale: { domain: Object.keys(areaColours), range: Object.values(areaColours) },
    },
    boxes: boxes.map((box) => ({ ...box, area: areaOf(box.func) })),
    tooltip: [
      { field: "func", title: "function" },
      { field: "total" },
      { field: "self" },
      { field: "share", format: ".2%" },
    ],
  });
}

// One hue per part of a program: its own code, the standard library, the runtime, the collector, allocation.
type Area = "program" | "standard library" | "runtime" | "garbage collector" | "allocation";

const areaColours: Readonly<Record<Area, string>> = {
  program: tints.olive,
  "standard library": tints.violet,
  runtime: tints.grey,
  "garbage collector": tints.mark,
  allocation: tints.sage,
};

const collector =
  /^runtime\.(gc|\(\*gc|scan|greyobject|markroot|sweep|\(\*sweep|bgsweep|bgscavenge|wbBuf|\(\*mspan\)\.sweep)/;

/** Which part of a program a Go function belongs to. */
export function areaOf(func: string): Area {
  if (/^runtime\.(mallocgc|newobject|makeslice|growslice|makemap)/.test(func)) return "allocation";
  if (collector.test(func)) return "garbage collector";
  if (/^(runtime\.|internal\/runtime\/|runtime\/internal\/)/.test(func)) return "runtime";
  const path = func.slice(0, func.lastIndexOf("/") + 1) + func.slice(func.lastIndexOf("/") + 1).split(".")[0];
  return path === "main" || path.split("/")[0].includes(".") || path === "root"
    ? "program"
    : "standard library";
}

/** The boxes to draw of a tree, in drawing coordinates: x from 0 to the whole, y by depth. */
export interface FlameView {
  boxes: (FlameBox & { row: number })[];
  /** Boxes too narrow to draw, and those below the levels drawn. */
  omitted: number;
  below: number;
  levels: number;
  whole: number;
  heaviest: { func: string; share: number } | undefined;
}

/** Picks the boxes that are wide enough to see. */
export function flameView(tree: ColumnTable, options: FlameGraphOptions): FlameView {
  const func = texts(tree, "func");
  const depth = numbers(tree, "depth");
  const total = numbers(tree, "total");
  const self = tree.columnNames().includes("self") ? numbers(tree, "self") : undefined;
  const start = numbers(tree, "start");
  const top = options.focus === undefined ? 0 : focusRow(func, total, options.focus);
  const whole = Math.abs(total[top] ?? 0);
  const width = options.width ?? defaultWidth;
  const inside = subtree(depth, top);
  const shallow = inside.filter((row) => depth[row] - depth[top] < (options.levels ?? 40));
  const visible = shallow.filter((row) => Math.abs(total[row]) >= (whole / width) * 0.5);
  const kept = widest(visible, total);
  const selfBy = new Map<string, number>();
  if (self) for (const row of inside) add(selfBy, textAt(func, row) ?? "unknown", self[row]);
  const heaviest = [...selfBy].filter(([name]) => name !== "root").sort((a, b) => b[1] - a[1])[0];
  return {
    boxes: kept.map((row) => box(row, top, { func, depth, total, self, start }, whole, width, options.unit)),
    omitted: shallow.length - kept.length,
    below: inside.length - shallow.length,
    levels: 1 + Math.max(0, ...kept.map((row) => depth[row] - depth[top])),
    whole,
    heaviest: heaviest && whole > 0 ? { func: heaviest[0], share: heaviest[1] / whole } : undefined,
  };
}

/** What a flame graph does not draw, in phrases. */
export function leftOut({ omitted, below }: FlameView): string[] {
  return [
    ...(omitted > 0 ? [`${formatCount(omitted)} boxes too narrow to draw`] : []),
    ...(below > 0 ? [`${formatCount(below)} below the levels drawn`] : []),
  ];
}

interface TreeColumns {
  func: Texts;
  depth: Numbers;
  total: Numbers;
  self: Numbers | undefined;
  start: Numbers;
}

function box(
  row: number,
  top: number,
  { func, depth, total, self, start }: TreeColumns,
  whole: number,
  width: number,
  unit: string | undefined,
): FlameBox & { row: number } {
  const name = textAt(func, row) ?? "unknown";
  const x = start[row] - start[top];
  const size = Math.abs(total[row]);
  // A digit is about 6.1 pixels wide at the label's size.
  const room = Math.floor((size / whole) * (width / 6.1)) - 1;
  const brief = shortName(name);
  return {
    row,
    func: name,
    depth: depth[row] - depth[top],
    x: Number(x.toPrecision(12)),
    x2: Number((x + size).toPrecision(12)),
    self: self ? format(self[row], unit) : "",
    total: format(total[row], unit),
    share: Number((size / whole).toPrecision(4)),
    label: room < 3 ? "" : brief.length <= room ? brief : `${brief.slice(0, room - 1)}…`,
  };
}

function focusRow(func: Texts, total: Numbers, name: string): number {
  let found = -1;
  for (let row = 0; row < func.length; row++) {
    if (textAt(func, row) !== name) continue;
    if (found < 0 || Math.abs(total[row]) > Math.abs(total[found])) found = row;
  }
  if (found < 0) throw new RangeError(`no function ${JSON.stringify(name)} in the tree`);
  return found;
}

// Rows are depth first: a node's subtree is the run of deeper rows behind it.
function subtree(depth: Numbers, top: number): number[] {
  const rows: number[] = [];
  for (let row = top; row < depth.length && (row === top || depth[row] > depth[top]); row++) rows.push(row);
  return rows;
}

function widest(rows: readonly number[], total: Numbers): number[] {
  if (rows.length <= maxBoxes) return [...rows];
  return [...rows].sort((a, b) => Math.abs(total[b]) - Math.abs(total[a])).slice(0, maxBoxes);
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

/** A value of a profile in its unit. */
export function format(value: number, unit: string | undefined): string {
  if (unit === "ns" || unit === "nanoseconds") return formatNs(value);
  if (unit === "bytes") return formatBytes(value);
  if (unit === "share") return formatShare(value);
  const number =
    Number.isInteger(value) && Math.abs(value) >= 1e4 ? formatCount(value) : significant(value, 6);
  return unit === undefined || unit === "count" ? number : `${number} ${unit}`;
}

/** What makes a flame graph of boxes: its texts, colours and what a box tells. */
export interface FlameParts {
  title: string;
  subtitle: string;
  description: string;
  colour: Record<string, unknown>;
  boxes: readonly Record<string, unknown>[];
  tooltip: readonly Record<string, unknown>[];
}

const rowHeight = 18;

/** The picture itself, shared by the flame graphs. */
export function flameSpec(view: FlameView, options: FlameGraphOptions, parts: FlameParts): ChartSpec {
  const { colour, boxes, tooltip, ...texts } = parts;
  const x = {
    field: "x",
    type: "quantitative",
    axis: null,
    scale: { domain: [0, view.whole || 1], nice: false, zero: false },
  };
  const reverse = options.rootOnTop ?? true;
  const y = {
    field: "depth",
    type: "quantitative",
    axis: null,
    scale: { domain: [0, view.levels], nice: false, zero: true, reverse },
  };
  const drawn = boxes.map(({ row: _, ...box }) => box);
  return chartSpec(
    {
      ...texts,
      height: view.levels * rowHeight,
      data: { values: drawn },
      transform: [{ calculate: "datum.depth + 1", as: "below" }],
      layer: [
        {
          params: [zoom("x")],
          mark: { type: "rect", clip: true, stroke: "#8a94a6", strokeWidth: 0.5 },
          encoding: { x, x2: { field: "x2" }, y, y2: { field: "below" }, color: colour, tooltip },
        },
        {
          transform: [{ filter: "datum.label !== ''" }, { calculate: "datum.depth + 0.5", as: "middle" }],
          mark: {
            type: "text",
            align: "left",
            baseline: "middle",
            dx: 3,
            fontSize: 10.5,
            clip: true,
            color: "#14181f",
          },
          encoding: { x, y: { ...y, field: "middle" }, text: { field: "label" } },
        },
      ],
      config: { legend: legendStyle },
    },
    options,
  );
}

const legendStyle = {
  orient: "bottom",
  direction: "horizontal",
  labelColor: ink.text,
  titleColor: ink.text,
  titleFontWeight: "normal",
};
