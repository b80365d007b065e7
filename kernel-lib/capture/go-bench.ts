import { isGoBench } from "../read/go-bench/is-go-bench.js";
import { benchmarksSchema, benchmarkUnitsSchema } from "../table/go-bench.js";
import { unparsedSchema } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Format, Tables } from "./format.js";

/** Output of `go test -bench`. */
export interface GoBenchCapture
  extends Capture<"go-bench">,
    Tables<"benchmarks" | "benchmarkUnits" | "unparsed"> {}

export const goBench: Format<GoBenchCapture> = {
  kind: "go-bench",
  name: "benchmark output of go test",
  detect: isGoBench,
  searches: true,
  tables: { benchmarks: benchmarksSchema, benchmarkUnits: benchmarkUnitsSchema, unparsed: unparsedSchema },
  clock: [],
  window: "none",
  async read(input, options) {
    const { readGoBench } = await import("../read/go-bench/read-go-bench.js");
    const { measurements, units, unparsed, results } = await readGoBench(input, options);
    return {
      tables: {
        benchmarks: () => measurements.columns(),
        benchmarkUnits: () => units,
        unparsed: () => unparsed,
      },
      summary: () => ({
        format: "go-bench",
        results,
        benchmarks: measurements.distinct("name").length,
        units: measurements.distinct("unit"),
        packages: measurements.distinct("pkg"),
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
