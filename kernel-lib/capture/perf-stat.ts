import { isPerfStat } from "../read/perf-stat/is-perf-stat.js";
import { countersSchema, statTimesSchema } from "../table/perf-stat.js";
import { unparsedSchema } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Format, Tables } from "./format.js";

/** What `perf stat` printed, for people, with -x or with -j; `times` is `statTimes`. */
export interface PerfStatCapture
  extends Capture<"perf-stat">,
    Tables<"counters" | "statTimes" | "times" | "unparsed"> {}

export const perfStat: Format<PerfStatCapture> = {
  kind: "perf-stat",
  name: "what perf stat prints",
  detect: isPerfStat,
  tables: {
    counters: countersSchema,
    statTimes: statTimesSchema,
    times: statTimesSchema,
    unparsed: unparsedSchema,
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const { readPerfStat } = await import("../read/perf-stat/read-perf-stat.js");
    const { form, target, runs, counters, times, unparsed } = await readPerfStat(input, options);
    // Counters that stand for the whole run: not for one interval or place.
    const whole = counters.filter(
      ({ interval_ns, place, status }) => interval_ns === null && place === null && status !== "metric",
    );
    return {
      tables: {
        counters: () => counters,
        statTimes: () => times,
        times: () => times,
        unparsed: () => unparsed,
      },
      summary: () => ({
        format: "perf-stat",
        form,
        target,
        runs,
        counters: counters.length,
        events: [...new Set(counters.map(({ event }) => event))],
        values: Object.fromEntries(whole.map(({ event, value }) => [event, value])),
        elapsed_s: times.find(({ name }) => name === "elapsed")?.seconds ?? null,
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
