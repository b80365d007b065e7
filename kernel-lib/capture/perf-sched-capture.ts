import type { ColumnTable } from "arquero";
import type { OpenInput } from "../read/open-input.js";
import { type PerfSched, readPerfSched } from "../read/perf-sched/read-perf-sched.js";
import type { ReadOptions } from "../read/read-options.js";
import { buildTable, tableFromRows } from "../table/build-table.js";
import {
  schedRunsSchema,
  schedSlicesSchema,
  schedSwitchesSchema,
  schedTasksSchema,
} from "../table/perf-sched.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";

/** What `perf sched latency`, `timehist` or `map` printed. `perf sched script` prints what `perf script` does and loads as that. */
export class PerfSchedCapture extends Capture {
  readonly kind = "perf-sched";
  /** Absolute time of the first timehist or map line in ns. */
  readonly startNs: bigint;
  private readonly sched: PerfSched;

  constructor(input: OpenInput, sched: PerfSched) {
    super(sourceOf(input), "", []);
    this.sched = sched;
    this.startNs = sched.startNs;
    this.define(schedTasksSchema, () => tableFromRows(schedTasksSchema, sched.tasks));
    this.define(schedSlicesSchema, () => buildTable(schedSlicesSchema, sched.slices.columns()));
    this.define(schedSwitchesSchema, () => buildTable(schedSwitchesSchema, sched.switches.columns()));
    this.define(schedRunsSchema, () => tableFromRows(schedRunsSchema, sched.runs));
    this.define(placedUnparsedSchema, () => unparsedTable(input, sched.unparsed));
  }

  get schedTasks(): ColumnTable {
    return this.table("sched_tasks");
  }

  get schedSlices(): ColumnTable {
    return this.table("sched_slices");
  }

  get schedSwitches(): ColumnTable {
    return this.table("sched_switches");
  }

  get schedRuns(): ColumnTable {
    return this.table("sched_runs");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { tasks, slices, switches, runs, total, unparsed } = this.sched;
    let longest = tasks.reduce((most, { max_delay_ns }) => Math.max(most, max_delay_ns), 0);
    for (let row = 0; row < slices.length; row++) {
      longest = Math.max(longest, slices.get("delay_ns", row) ?? 0);
    }
    return {
      format: "perf-sched",
      tasks: tasks.length,
      slices: slices.length,
      switches: switches.length,
      summarized_tasks: runs.length,
      total,
      max_delay_ns: longest,
      unparsed_lines: unparsed.length,
      diagnostics: this.findings,
    };
  }
}

/** Loads what perf sched printed; see {@link PerfSchedCapture}. */
export async function loadPerfSched(input: OpenInput, options: ReadOptions): Promise<PerfSchedCapture> {
  return new PerfSchedCapture(input, await readPerfSched(input, options));
}
