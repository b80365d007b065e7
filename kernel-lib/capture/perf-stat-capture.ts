import type { ColumnTable } from "arquero";
import type { OpenInput } from "../read/open-input.js";
import { type PerfStat, readPerfStat } from "../read/perf-stat/read-perf-stat.js";
import type { ReadOptions } from "../read/read-options.js";
import { tableFromRows } from "../table/build-table.js";
import { countersSchema, statTimesSchema } from "../table/perf-stat.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** What `perf stat` printed, for people, with -x or with -j. */
export class PerfStatCapture extends Capture {
  readonly kind = "perf-stat";
  private readonly stat: PerfStat;

  constructor(source: CaptureSource, stat: PerfStat) {
    super(source, "", []);
    this.stat = stat;
    this.define(countersSchema, () => tableFromRows(countersSchema, stat.counters));
    this.define(statTimesSchema, () => tableFromRows(statTimesSchema, stat.times));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, stat.unparsed));
  }

  get counters(): ColumnTable {
    return this.table("counters");
  }

  get times(): ColumnTable {
    return this.table("stat_times");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  /** `values` are those of counters that stand for the whole run: not of one interval or place. */
  override summary(): Record<string, unknown> {
    const { form, target, runs, counters, times, unparsed } = this.stat;
    const whole = counters.filter(
      ({ interval_ns, place, status }) => interval_ns === null && place === null && status !== "metric",
    );
    return {
      format: "perf-stat",
      form,
      target,
      runs,
      counters: counters.length,
      events: [...new Set(counters.map(({ event }) => event))],
      values: Object.fromEntries(whole.map(({ event, value }) => [event, value])),
      elapsed_s: times.find(({ name }) => name === "elapsed")?.seconds ?? null,
      unparsed_lines: unparsed.length,
      diagnostics: this.findings,
    };
  }
}

/** Loads what `perf stat` printed; see {@link PerfStatCapture}. */
export async function loadPerfStat(input: OpenInput, options: ReadOptions = {}): Promise<PerfStatCapture> {
  return new PerfStatCapture(sourceOf(input), await readPerfStat(input, options));
}
