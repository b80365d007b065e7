import type { ColumnTable } from "arquero";
import type { OpenInput } from "../read/open-input.js";
import { type PerfSched, readPerfSched } from "../read/perf-sched/read-perf-sched.js";
import { tableFromRows } from "../table/build-table.js";
import {
  schedRunsSchema,
  schedSlicesSchema,
  schedSwitchesSchema,
  schedTasksSchema,
} from "../table/perf-sched.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** What `perf sched latency`, `timehist` or `map` printed. `perf sched script` prints what `perf script` does and loads as that. */
export class PerfSchedCapture extends Capture {
  readonly kind = "perf-sched";
  /** Absolute time of the first timehist or map line in ns. */
  readonly startNs: bigint;
  private readonly sched: PerfSched;

  constructor(source: CaptureSource, sched: PerfSched) {
    super(source, "", []);
    this.sched = sched;
    this.startNs = sched.startNs;
    this.define(schedTasksSchema, () => tableFromRows(schedTasksSchema, sched.tasks));
    this.define(schedSlicesSchema, () => tableFromRows(schedSlicesSchema, sched.slices));
    this.define(schedSwitchesSchema, () => tableFromRows(schedSwitchesSchema, sched.switches));
    this.define(schedRunsSchema, () => tableFromRows(schedRunsSchema, sched.runs));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, sched.unparsed));
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
    const max = (values: readonly number[]): number =>
      values.reduce((most, value) => Math.max(most, value), 0);
    return {
      format: "perf-sched",
      tasks: tasks.length,
      slices: slices.length,
      switches: switches.length,
      summarized_tasks: runs.length,
      total,
      max_delay_ns: max([
        ...tasks.map(({ max_delay_ns }) => max_delay_ns),
        slices.reduce((most, { delay_ns }) => Math.max(most, delay_ns ?? 0), 0),
      ]),
      unparsed_lines: unparsed.length,
      diagnostics: this.findings,
    };
  }
}

/** Loads what perf sched printed; see {@link PerfSchedCapture}. */
export async function loadPerfSched(input: OpenInput): Promise<PerfSchedCapture> {
  return new PerfSchedCapture(sourceOf(input), readPerfSched(await input.bytes()));
}
