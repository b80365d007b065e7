import { numbers, textAt, texts } from "../analyze/columns.js";
import { coveredNs, type Intervals, mergeIntervals } from "../analyze/intervals.js";
import { isStopTheWorld } from "../analyze/stop-the-world.js";
import type { TraceView } from "../analyze/trace-view.js";

/** One stop of the world. */
export interface Pause {
  readonly from: number;
  readonly to: number;
  /** The range's name, as the runtime gives it. */
  readonly name: string;
  readonly stack: number;
  readonly g: number;
}

const noIntervals: Intervals = { starts: new Float64Array(0), ends: new Float64Array(0) };

/** When the world stood still, when goroutines helped to mark, and when processors swept. */
export class CollectorTime {
  /** By when they began. */
  readonly pauses: readonly Pause[];
  readonly marking: Intervals;
  private readonly assists: ReadonlyMap<number, Intervals>;
  private readonly assistStacks = new Map<number, { from: number; stack: number }[]>();
  private readonly sweeps: ReadonlyMap<number, Intervals>;

  constructor(view: TraceView) {
    const ranges = view.source.table("ranges");
    const name = texts(ranges, "name");
    const [start, end, scope, stack] = ["start_ns", "end_ns", "scope_id", "stack_id"].map((column) =>
      numbers(ranges, column),
    );
    const pauses: Pause[] = [];
    const marking: [number, number][] = [];
    const assists = new Map<number, [number, number][]>();
    const sweeps = new Map<number, [number, number][]>();
    const push = (to: Map<number, [number, number][]>, id: number, row: number): void => {
      const list = to.get(id) ?? [];
      to.set(id, list);
      list.push([start[row], end[row]]);
    };
    for (let row = 0; row < start.length; row++) {
      const what = textAt(name, row) ?? "";
      if (isStopTheWorld(what)) {
        pauses.push({ from: start[row], to: end[row], name: what, stack: stack[row], g: scope[row] });
      } else if (what === "GC mark assist") {
        push(assists, scope[row], row);
        const stacks = this.assistStacks.get(scope[row]) ?? [];
        this.assistStacks.set(scope[row], stacks);
        stacks.push({ from: start[row], stack: stack[row] });
      } else if (what === "GC incremental sweep") push(sweeps, scope[row], row);
      else if (what === "GC concurrent mark phase") marking.push([start[row], end[row]]);
    }
    this.pauses = pauses.sort((a, b) => a.from - b.from);
    this.marking = merged(marking);
    this.assists = new Map([...assists].map(([g, list]) => [g, merged(list)]));
    this.sweeps = new Map([...sweeps].map(([p, list]) => [p, merged(list)]));
  }

  /** The pauses that overlap this time. */
  pausesWithin(from: number, to: number): Pause[] {
    const found: Pause[] = [];
    // Pauses do not overlap each other by more than their beginning, so looking a few back is enough.
    let low = 0;
    let high = this.pauses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.pauses[middle].from < from) low = middle + 1;
      else high = middle;
    }
    for (let i = Math.max(0, low - 4); i < this.pauses.length && this.pauses[i].from < to; i++) {
      if (this.pauses[i].to > from) found.push(this.pauses[i]);
    }
    return found;
  }

  /** How much of this time the goroutine helped to mark. */
  assistNs(g: number, from: number, to: number): number {
    return coveredNs(this.assists.get(g) ?? noIntervals, from, to);
  }

  /** How much of this time the processor swept for what ran on it. */
  sweepNs(p: number, from: number, to: number): number {
    return coveredNs(this.sweeps.get(p) ?? noIntervals, from, to);
  }

  /** The stack of an assist of the goroutine within this time; -1 when there is none. */
  assistStack(g: number, from: number, to: number): number {
    return (
      (this.assistStacks.get(g) ?? []).find((assist) => assist.from >= from && assist.from <= to)?.stack ?? -1
    );
  }
}

function merged(list: [number, number][]): Intervals {
  list.sort((a, b) => a[0] - b[0]);
  return mergeIntervals({
    starts: Float64Array.from(list, ([from]) => from),
    ends: Float64Array.from(list, ([, to]) => to),
  });
}
