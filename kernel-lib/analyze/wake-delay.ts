import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTables } from "./analysis.js";
import { numbers, type Texts, texts } from "./columns.js";
import { coveredNs, type Intervals, intervalsOf, mergeIntervals } from "./intervals.js";
import { namedRanges } from "./named-ranges.js";
import { StackFrames } from "./stack-frames.js";
import { stopTheWorld } from "./stop-the-world.js";
import type { TableSource } from "./table-source.js";
import { endedByRuntime } from "./waits.js";

const wakers = ["poller in the scheduler", "poller in sysmon", "goroutine"] as const;

export const wakeDelayAnalysis: Analysis = {
  name: "wakeDelay",
  accepts: ["go-trace"],
  needs: { events: [], ranges: ["name", "start_ns", "end_ns"] },
  schema: {
    name: "wake_delay",
    doc: "How late goroutines ran after the network had something for them.",
    columns: [
      column("g", "float64", "the goroutine that waited"),
      column("blocked_ns", "float64", "when it began to wait", { unit: "ns" }),
      column("ready_ns", "float64", "when it was made runnable", { unit: "ns" }),
      column("running_ns", "float64", "when it ran", { unit: "ns" }),
      column("blocked_for_ns", "float64", "how long it waited", { unit: "ns" }),
      column("delay_ns", "float64", "from runnable to running", { unit: "ns" }),
      column("woken_by", "string", "poller in the scheduler, poller in sysmon, or goroutine"),
      column("woken_by_g", "float64", "the goroutine that woke it", { missing: "-1: none" }),
      column("stack_id", "float64", "where it waited", { missing: "-1: not recorded" }),
      column("stw_ns", "float64", "how much of the delay the world was stopped", { unit: "ns" }),
      column("mark_ns", "float64", "how much of the delay marking ran", { unit: "ns" }),
    ],
  },
  build: wakeDelay,
};

/**
 * How late a goroutine runs after the network had something for it: each wait on the network that ended in running.
 * Columns: g, blocked_ns (when it began to wait), ready_ns (when it was made runnable), running_ns (when it ran),
 * blocked_for_ns, delay_ns (ready to running), woken_by (`poller in the scheduler`: a thread with a processor looking
 * for work; `poller in sysmon`: a thread without one; `goroutine`: another goroutine, such as one that closed the
 * connection or set a deadline), woken_by_g (-1 unless a goroutine), stack_id (where it waited), stw_ns and mark_ns
 * (how much of the delay the world was stopped or marking ran); by ready_ns.
 *
 * `ready_ns` is when the runtime learned that the descriptor was ready. How long the kernel had known before is not
 * in a trace: time stamps of the peer show that part.
 *
 * @param options.reason waits for another reason than "network" (`sync`, `sleep`, ...)
 * @throws RangeError when the capture has no events or ranges
 * @example
 * latencyCdf(wakeDelay(trace), { by: "woken_by", tail: true });
 */
export function wakeDelay(source: TableSource, options: { reason?: string } = {}): ColumnTable {
  const [events, ranges] = neededTables(wakeDelayAnalysis, source);
  const wakes = wakesIn(events, options.reason ?? "network");
  const time = numbers(events, "time_ns");
  const at = (pick: (wake: Wake) => number): Float64Array =>
    Float64Array.from(wakes, (wake) => time[pick(wake)]);
  const ready = at((wake) => wake.ready);
  const running = at((wake) => wake.running);
  const g = numbers(events, "g");
  const p = numbers(events, "p");
  const of = (values: ArrayLike<number>, pick: (wake: Wake) => number): Float64Array =>
    Float64Array.from(wakes, (wake) => values[pick(wake)]);
  const pauses = mergeIntervals(intervalsOf(stopTheWorld(source)));
  const marking = mergeIntervals(intervalsOf(namedRanges(ranges, "GC concurrent mark phase")));
  const within = (merged: Intervals): Float64Array =>
    ready.map((from, row) => coveredNs(merged, from, running[row]));
  const blocked = at((wake) => wake.blocked);
  // The poller runs in passing too, in the context of a goroutine that starts the world again.
  const frames = new StackFrames(source);
  const stack = numbers(events, "stack_id");
  const reason = options.reason ?? "network";
  const byGoroutine = (row: number): boolean => g[row] >= 0 && !endedByRuntime(reason, frames.of(stack[row]));
  const waker = (row: number): number => (byGoroutine(row) ? 2 : p[row] >= 0 ? 0 : 1);
  return buildTable(wakeDelayAnalysis.schema, {
    g: of(numbers(events, "resource_id"), (wake) => wake.ready),
    blocked_ns: blocked,
    ready_ns: ready,
    running_ns: running,
    blocked_for_ns: ready.map((to, row) => to - blocked[row]),
    delay_ns: running.map((to, row) => to - ready[row]),
    woken_by: dictionaryColumn(
      Uint8Array.from(wakes, (wake) => waker(wake.ready)),
      wakers,
    ),
    woken_by_g: Float64Array.from(wakes, ({ ready }) => (byGoroutine(ready) ? g[ready] : -1)),
    stack_id: of(stack, (wake) => wake.blocked),
    stw_ns: within(pauses),
    mark_ns: within(marking),
  });
}

/** The event rows of one wait: blocked, made runnable, running. */
interface Wake {
  blocked: number;
  ready: number;
  running: number;
}

function wakesIn(events: ColumnTable, reason: string): Wake[] {
  const resource = texts(events, "resource");
  const to = texts(events, "to");
  const reasons = texts(events, "reason");
  const g = numbers(events, "resource_id");
  const goroutine = resource.values.indexOf("Goroutine");
  const [waiting, runnable, running] = ["Waiting", "Runnable", "Running"].map((state) =>
    to.values.indexOf(state),
  );
  const wanted = reasons.values.indexOf(reason);
  const open = new Map<number, Wake>();
  const wakes: Wake[] = [];
  for (let row = 0; row < g.length; row++) {
    if (resource.codes[row] !== goroutine || !isTransition(to, row)) continue;
    const wake = open.get(g[row]);
    if (to.codes[row] === waiting) {
      if (wake) continue;
      if (wanted >= 0 && reasons.codes[row] === wanted)
        open.set(g[row], { blocked: row, ready: -1, running: -1 });
    } else if (wake && to.codes[row] === runnable) {
      if (wake.ready < 0) wake.ready = row;
    } else if (wake) {
      open.delete(g[row]);
      if (wake.ready >= 0 && to.codes[row] === running) wakes.push({ ...wake, running: row });
    }
  }
  return wakes.sort((a, b) => a.ready - b.ready);
}

function isTransition(to: Texts, row: number): boolean {
  return to.values[to.codes[row]] != null;
}
