import { numbers, textAt, texts } from "../analyze/columns.js";
import { needTables, type TableSource } from "../analyze/table-source.js";
import { timeAxis } from "./bands.js";
import type { ChartOptions, ChartSpec } from "./chart-spec.js";
import { ink } from "./palette.js";
import { stateTimeline } from "./state-timeline.js";
import { formatNs } from "./units.js";

/** A row of {@link wakeDelay}. */
interface Wake {
  g: number;
  blocked_ns: number;
  ready_ns: number;
  running_ns: number;
  blocked_for_ns: number;
  delay_ns: number;
  woken_by: string;
  woken_by_g: number;
}

/**
 * One wake-up step by step: blocked, made ready and by whom, running; the goroutine that was woken, the one that woke it, and
 * those that held the processor it then ran on. Takes a row of {@link wakeDelay}, such as the slowest.
 *
 * @throws RangeError when the capture has no goroutine_states, or the row is not one of wakeDelay
 * @example
 * wakeChart(trace, wakeDelay(trace).orderby(desc("delay_ns")).object());
 */
export function wakeChart(source: TableSource, wake: object, options: ChartOptions = {}): ChartSpec {
  const { g, ready_ns, running_ns, blocked_for_ns, delay_ns, woken_by, woken_by_g } = wake as Wake;
  if (!(running_ns >= ready_ns) || !(g >= 0)) {
    throw new RangeError("wakeChart takes a row of wakeDelay: g, ready_ns, running_ns, woken_by");
  }
  const margin = Math.max(500, delay_ns * 0.15);
  const [from_ns, to_ns] = [Math.max(0, ready_ns - margin), running_ns + margin];
  const neighbours = holdersOf(source, g, running_ns, [from_ns, running_ns]);
  const lanes = [...new Set([g, ...(woken_by_g >= 0 ? [woken_by_g] : []), ...neighbours])].slice(0, 8);
  const by = woken_by === "goroutine" ? `goroutine ${woken_by_g}` : `the ${woken_by}`;
  const title = `Goroutine ${g} ran ${formatNs(delay_ns)} after ${by} made it ready`;
  const timeline = stateTimeline(source, {
    from_ns,
    to_ns,
    goroutines: lanes,
    arrows: true,
    title,
    ...options,
  });
  const steps = [
    { at_ns: ready_ns, step: `ready: ${by}`, align: "left" },
    { at_ns: running_ns, step: `running, ${formatNs(delay_ns)} later`, align: "right" },
  ];
  const before = `it had been blocked for ${formatNs(blocked_for_ns)}; below it who woke it and who held the processor it ran on`;
  return {
    ...timeline,
    title: { ...(timeline.title as object), subtitle: [before] },
    description: `${title}; ${before}.`,
    layer: [...(timeline.layer as object[]), ...stepLayers(steps, timeAxis(from_ns, to_ns))],
  };
}

function stepLayers(steps: readonly { align: string }[], x: Record<string, unknown>): object[] {
  const at = { ...x, field: "at_ns" };
  const text = (align: string): object => ({
    data: { values: steps.filter((step) => step.align === align) },
    mark: {
      type: "text",
      // Above the lanes, which are clipped to the plot that zooms.
      clip: false,
      align,
      baseline: "bottom",
      dx: align === "left" ? 4 : -4,
      dy: -3,
      color: ink.strong,
      fontSize: 11,
    },
    encoding: { x: at, y: { value: 0 }, text: { field: "step" } },
  });
  return [
    {
      data: { values: steps },
      mark: { type: "rule", color: ink.strong, strokeDash: [3, 3], clip: true },
      encoding: { x: at },
    },
    text("left"),
    text("right"),
  ];
}

// Who ran, between being made ready and running, on the processor that the goroutine got in the end.
function holdersOf(
  source: TableSource,
  woken: number,
  running: number,
  [from, to]: readonly [number, number],
): number[] {
  const [states] = needTables(source, "wakeChart", ["goroutine_states"]);
  const state = texts(states, "state");
  const [g, p, start, end] = ["g", "p", "start_ns", "end_ns"].map((name) => numbers(states, name));
  let got = -1;
  for (let row = 0; row < g.length; row++) {
    if (g[row] === woken && start[row] === running && textAt(state, row) === "Running") got = p[row];
  }
  const held = new Map<number, number>();
  for (let row = 0; row < g.length; row++) {
    if (got < 0 || p[row] !== got || g[row] === woken || textAt(state, row) !== "Running") continue;
    const ns = Math.min(end[row], to) - Math.max(start[row], from);
    if (ns > 0) held.set(g[row], (held.get(g[row]) ?? 0) + ns);
  }
  return [...held].sort((a, b) => b[1] - a[1]).map(([id]) => id);
}
