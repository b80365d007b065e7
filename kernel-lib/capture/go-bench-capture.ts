import type { ColumnTable } from "arquero";
import { type BenchmarkRun, readGoBench } from "../read/go-bench/read-go-bench.js";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { buildTable, tableFromRows } from "../table/build-table.js";
import { benchmarksSchema, benchmarkUnitsSchema } from "../table/go-bench.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** Output of `go test -bench`. */
export class GoBenchCapture extends Capture {
  readonly kind = "go-bench";
  private readonly run: BenchmarkRun;

  constructor(source: CaptureSource, run: BenchmarkRun) {
    super(source, "", []);
    this.run = run;
    this.define(benchmarksSchema, () => buildTable(benchmarksSchema, run.measurements.columns()));
    this.define(benchmarkUnitsSchema, () => tableFromRows(benchmarkUnitsSchema, run.units));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, run.unparsed));
  }

  get benchmarks(): ColumnTable {
    return this.table("benchmarks");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const { measurements, results, unparsed } = this.run;
    const distinct = (name: "name" | "unit" | "pkg"): string[] => measurements.distinct(name);
    return {
      format: "go-bench",
      results,
      benchmarks: distinct("name").length,
      units: distinct("unit"),
      packages: distinct("pkg"),
      unparsed_lines: unparsed.length,
    };
  }
}

/** Loads benchmark output; see {@link GoBenchCapture}. */
export async function loadGoBench(input: OpenInput, options: ReadOptions = {}): Promise<GoBenchCapture> {
  return new GoBenchCapture(sourceOf(input), await readGoBench(input, options));
}
