import { isPerfData } from "../read/perf-data/is-perf-data.js";
import type { PerfDataOptions } from "../read/perf-data/read-perf-data.js";
import { perfSamplesSchema } from "../table/perf.js";
import type { Format } from "./format.js";
import type { PerfCapture } from "./perf-capture.js";
import { profileSchemas } from "./profile-capture.js";

/**
 * A perf.data file. Functions are named from the binaries the recording names, where they are on this machine and of
 * the same build.
 */
export interface PerfDataCapture extends PerfCapture<"perf-data"> {}

/** Recordings larger than this are not held whole. */
const heldBytes = 64 << 20;

export const perfData: Format<PerfDataCapture, PerfDataOptions> = {
  kind: "perf-data",
  name: "a perf.data file",
  detect: isPerfData,
  searches: true,
  tables: { ...profileSchemas, samples: perfSamplesSchema },
  clock: ["monotonic", "unix", "unknown"],
  window: "rows",
  async read(input, options) {
    const [{ readPerfData }, { Diagnostics }, { perfSummary, perfTables }] = await Promise.all([
      import("../read/perf-data/read-perf-data.js"),
      import("../read/diagnostics.js"),
      import("./perf-contents.js"),
    ]);
    const diagnostics = new Diagnostics();
    const isLarge = !input.gzip && input.storedBytes > heldBytes;
    const parts = { length: input.storedBytes, slice: input.slice };
    const data = readPerfData(isLarge ? parts : await input.bytes(), diagnostics, options);
    const { startNs, clock, profile, header, records, lost } = data;
    return {
      version: header["perf version"],
      findings: diagnostics.all(),
      tables: perfTables(data),
      members: { profile, startNs, clock, originNs: startNs, resolution_ns: 1 },
      summary: (capture) => ({
        ...perfSummary(capture, data),
        records,
        lost,
      }),
    };
  },
};
