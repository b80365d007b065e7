import { isPerfSched } from "../read/perf-sched/is-perf-sched.js";
import {
  schedRunsSchema,
  schedSlicesSchema,
  schedSwitchesSchema,
  schedTasksSchema,
} from "../table/perf-sched.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Format, Tables } from "./format.js";

/** What `perf sched latency`, `timehist` or `map` printed. `perf sched script` prints what `perf script` does and loads as that. */
export interface PerfSchedCapture
  extends Capture<"perf-sched">,
    Tables<"schedTasks" | "schedSlices" | "schedSwitches" | "schedRuns" | "unparsed"> {
  /** Absolute time of the first timehist or map line in ns. */
  readonly startNs: bigint;
}

export const perfSched: Format<PerfSchedCapture> = {
  kind: "perf-sched",
  name: "what perf sched prints",
  detect: isPerfSched,
  tables: {
    schedTasks: schedTasksSchema,
    schedSlices: schedSlicesSchema,
    schedSwitches: schedSwitchesSchema,
    schedRuns: schedRunsSchema,
    unparsed: placedUnparsedSchema,
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const { readPerfSched } = await import("../read/perf-sched/read-perf-sched.js");
    const { tasks, slices, switches, runs, total, unparsed, startNs } = await readPerfSched(input, options);
    const longest = (): number => {
      let most = tasks.reduce((max, { max_delay_ns }) => Math.max(max, max_delay_ns), 0);
      for (let row = 0; row < slices.length; row++) most = Math.max(most, slices.get("delay_ns", row) ?? 0);
      return most;
    };
    return {
      tables: {
        schedTasks: () => tasks,
        schedSlices: () => slices.columns(),
        schedSwitches: () => switches.columns(),
        schedRuns: () => runs,
        unparsed: () => unparsedColumns(input, unparsed),
      },
      members: { startNs },
      summary: () => ({
        format: "perf-sched",
        tasks: tasks.length,
        slices: slices.length,
        switches: switches.length,
        summarized_tasks: runs.length,
        total,
        max_delay_ns: longest(),
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
