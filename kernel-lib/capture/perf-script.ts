import { isPerfScript } from "../read/perf-script/is-perf-script.js";
import { perfSamplesSchema } from "../table/perf.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Format, Tables } from "./format.js";
import type { PerfCapture } from "./perf-capture.js";
import { profileSchemas } from "./profile-capture.js";

/** The text of `perf script`. */
export interface PerfScriptCapture extends PerfCapture<"perf-script">, Tables<"unparsed"> {}

export const perfScript: Format<PerfScriptCapture> = {
  kind: "perf-script",
  name: "the text of perf script",
  detect: isPerfScript,
  tables: { ...profileSchemas, samples: perfSamplesSchema, unparsed: placedUnparsedSchema },
  clock: ["unknown"],
  window: "rows",
  async read(input, options) {
    const [{ readPerfScript }, { Diagnostics }, { perfSummary, perfTables }] = await Promise.all([
      import("../read/perf-script/read-perf-script.js"),
      import("../read/diagnostics.js"),
      import("./perf-contents.js"),
    ]);
    const diagnostics = new Diagnostics();
    const script = await readPerfScript(input, diagnostics, options);
    const { startNs, profile, header, records, lost, unparsed } = script;
    return {
      version: header.find(([key]) => key === "perf version")?.[1],
      findings: diagnostics.all(),
      tables: { ...perfTables(script), unparsed: () => unparsedColumns(input, unparsed) },
      // Times are printed in microseconds, unless `perf script --ns` was asked for.
      members: { profile, startNs, clock: "unknown", originNs: startNs, resolution_ns: 1000 },
      summary: (capture) => ({
        ...perfSummary(capture, script),
        records,
        lost,
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
