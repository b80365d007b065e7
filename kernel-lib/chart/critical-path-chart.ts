import type { ColumnTable } from "arquero";
import { timeAxis } from "./bands.js";
import { type ChartOptions, type ChartSpec, chartSpec, zoom } from "./chart-spec.js";
import { ink, stateScale } from "./palette.js";
import { shortName } from "./short-name.js";
import { counted, formatNs, formatShare, nsExpression } from "./units.js";

interface Step {
  g: number;
  name: string;
  state: string;
  start_ns: number;
  end_ns: number;
  dur_ns: number;
  reason: string | null;
  depth: number;
}

const maxSteps = 2000;

/**
 * What held a request up, on the timeline: a lane for each goroutine on the path, the path's steps in the colours of
 * their states, and lines where it passes from who was waited for to who waited. Takes a {@link criticalPath}.
 *
 * @example
 * criticalPathChart(criticalPath(trace, { g: 41, from_ns: 1e6, to_ns: 5e6 }));
 */
export function criticalPathChart(path: ColumnTable, options: ChartOptions = {}): ChartSpec {
  const all = path.objects() as unknown as Step[];
  const steps = all.length > maxSteps ? longest(all) : all;
  const lanes = [
    ...new Set([...steps].sort((a, b) => a.depth - b.depth || a.start_ns - b.start_ns).map((step) => step.g)),
  ];
  const labels = lanes.map((g) => `g${g} ${shortName(steps.find((step) => step.g === g)?.name ?? "")}`);
  const [from, to] = [all[0]?.start_ns ?? 0, all[all.length - 1]?.end_ns ?? 1];
  const values = steps.map(({ g, state, start_ns, end_ns, reason }) => ({
    lane: labels[lanes.indexOf(g)],
    state,
    start_ns,
    end_ns,
    reason,
  }));
  const hops = steps.slice(1).flatMap((step, i) =>
    step.g === steps[i].g
      ? []
      : [
          {
            at_ns: step.start_ns,
            lane: labels[lanes.indexOf(steps[i].g)],
            to: labels[lanes.indexOf(step.g)],
          },
        ],
  );
  const scale = stateScale(values.map(({ state }) => state));
  const title = titleOf(all);
  const y = {
    type: "nominal",
    sort: labels,
    axis: { title: null, labelLimit: 170, domain: false, ticks: false, grid: true },
  };
  const x = timeAxis(from, to);
  return chartSpec(
    {
      title,
      subtitle: `${counted(all.length, "step")} over ${counted(lanes.length, "goroutine")} in ${formatNs(to - from)}${steps.length < all.length ? `; drawn: the longest ${steps.length}` : ""}`,
      description: `Critical path. ${title}, over ${formatNs(to - from)}.`,
      width: 560,
      titleWidth: 700,
      height: { step: 26 },
      layer: [
        {
          data: { values: hops },
          mark: { type: "rule", color: ink.line, strokeWidth: 1 },
          encoding: { x: { ...x, field: "at_ns" }, y: { ...y, field: "lane" }, y2: { field: "to" } },
        },
        {
          data: { values },
          params: [zoom("x")],
          transform: [{ calculate: nsExpression("(datum.end_ns - datum.start_ns)"), as: "time" }],
          mark: { type: "bar", height: { band: 0.6 }, clip: true, stroke: ink.line, strokeWidth: 0.4 },
          encoding: {
            x: { ...x, field: "start_ns" },
            x2: { field: "end_ns" },
            y: { ...y, field: "lane" },
            color: { field: "state", type: "nominal", title: null, scale },
            tooltip: [
              { field: "lane", title: "goroutine" },
              { field: "state" },
              { field: "reason" },
              { field: "time" },
            ],
          },
        },
      ],
    },
    options,
  );
}

function longest(steps: readonly Step[]): Step[] {
  const kept = new Set([...steps].sort((a, b) => b.dur_ns - a.dur_ns).slice(0, maxSteps));
  return steps.filter((step) => kept.has(step));
}

function titleOf(steps: readonly Step[]): string {
  if (steps.length === 0) return "An empty path";
  const whole = steps.reduce((sum, step) => sum + step.dur_ns, 0);
  const own = steps.filter((step) => step.depth === 0).reduce((sum, step) => sum + step.dur_ns, 0);
  const others = new Map<string, number>();
  for (const step of steps)
    if (step.depth > 0) others.set(step.name, (others.get(step.name) ?? 0) + step.dur_ns);
  const [most] = [...others].sort((a, b) => b[1] - a[1]);
  if (!most) return `Nobody held it up: ${formatShare(own / whole)} is its own time`;
  return `${formatShare(1 - own / whole)} of it was others' time, most of it ${shortName(most[0])} (${formatNs(most[1])})`;
}
