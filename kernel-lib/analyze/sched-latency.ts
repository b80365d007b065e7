import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { buildTable } from "../table/build-table.js";
import { column, type TableSchema } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { codesWhere, numbers, type Texts, textAt, texts } from "./columns.js";
import { goroutineChains } from "./goroutine-chains.js";
import { picked } from "./intervals.js";
import { sortRows } from "./sort-rows.js";
import type { TableOr } from "./table-source.js";

/** Why a goroutine became runnable. */
export const schedCauses = ["wakeup", "preempted", "yielded", "created", "syscall exit", "unknown"] as const;

const schema: TableSchema = {
  name: "sched_latency",
  doc: "Each wait of a runnable goroutine for a processor, from the transition that made it runnable to running.",
  columns: [
    column("g", "float64", "the goroutine that waited"),
    column("cause", "string", "why it became runnable: wakeup, preempted, yielded, created or syscall exit"),
    column("start_ns", "float64", "when it became runnable", { unit: "ns" }),
    column("wait_ns", "float64", "until it ran", { unit: "ns" }),
    column("stack_id", "int32", "the stack at which it became runnable", { missing: "-1: not recorded" }),
    column("woken_by_g", "float64", "the goroutine that made it runnable", {
      missing: "-1: none, or the runtime outside a goroutine (the network poller, a timer)",
    }),
  ],
};

export const schedLatencyAnalysis: Analysis = {
  name: "schedLatency",
  accepts: ["go-trace"],
  needs: {
    goroutine_states: ["g", "state", "reason", "start_ns", "end_ns", "stack_id", "end_by_g", "left_censored"],
  },
  schema,
  build: schedLatency,
};

/**
 * How long goroutines waited to run: every stay in Runnable whose start was seen and that ended in Running.
 * One row per wait, by start: g, cause, start_ns, wait_ns, stack_id, woken_by_g (-1 where it does not apply).
 *
 * The definition is the scheduler latency of `go tool trace`; waits that began before the trace did, or had not
 * ended when it did, are left out because their length is not known.
 *
 * @throws RangeError when the capture has no goroutine_states.
 * @example
 * schedLatency(trace).groupby("cause").count();
 */
export function schedLatency(source: TableOr): ColumnTable {
  const states = neededTable(schedLatencyAnalysis, source);
  const state = texts(states, "state");
  const start = numbers(states, "start_ns");
  const end = numbers(states, "end_ns");
  const left = numbers(states, "left_censored");
  const { previous, next } = goroutineChains(states);
  const runnable = state.values.indexOf("Runnable");
  const running = state.values.indexOf("Running");
  const found = new Uint32Array(start.length);
  let count = 0;
  for (let row = 0; row < start.length; row++) {
    if (state.codes[row] !== runnable || left[row] || next[row] < 0) continue;
    if (state.codes[next[row]] === running) found[count++] = row;
  }
  const rows = sortRows(found.subarray(0, count), start);
  const causeOf = causes(state, texts(states, "reason"), previous);
  const endBy = numbers(states, "end_by_g");
  const stack = numbers(states, "stack_id");
  return buildTable(schema, {
    g: picked(numbers(states, "g"), rows),
    cause: dictionaryColumn(
      new Uint8Array(count).map((_, i) => causeOf(rows[i])),
      schedCauses,
    ),
    start_ns: picked(start, rows),
    wait_ns: new Float64Array(count).map((_, i) => end[rows[i]] - start[rows[i]]),
    stack_id: new Int32Array(count).map((_, i) => stack[rows[i]]),
    woken_by_g: new Float64Array(count).map((_, i) =>
      previous[rows[i]] < 0 ? -1 : endBy[previous[rows[i]]],
    ),
  });
}

// The cause follows from the state left; a running goroutine gives way by itself (runtime.Gosched) or is preempted.
function causes(state: Texts, reason: Texts, previous: Int32Array): (row: number) => number {
  const code = (cause: (typeof schedCauses)[number]): number => schedCauses.indexOf(cause);
  const preempted = codesWhere(reason, (name) => name.toLowerCase() === "preempted");
  const causeCode = (row: number): number => {
    if (previous[row] < 0) return code("created");
    switch (textAt(state, previous[row])) {
      case "Waiting":
        return code("wakeup");
      case "Running":
        return code(preempted[reason.codes[row]] ? "preempted" : "yielded");
      case "NotExist":
        return code("created");
      case "Syscall":
        return code("syscall exit");
      default:
        return code("unknown");
    }
  };
  return causeCode;
}
