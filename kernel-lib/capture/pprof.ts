import type { PprofHeader } from "../read/pprof/decode-pprof.js";
import { isPprof } from "../read/pprof/is-pprof.js";
import { mappingsSchema, sampleLabelsSchema, samplesSchema } from "../table/profile.js";
import type { Format, Tables } from "./format.js";
import { type ProfileCapture, profileSchemas } from "./profile-capture.js";

/** A pprof profile: any that `go tool pprof` opens, and the text forms (`debug=1`) of Go's own. */
export interface PprofCapture
  extends ProfileCapture<"pprof">,
    Tables<"samples" | "sampleLabels" | "mappings" | "labelTotals"> {
  /** What the file says beside its samples: period, time, comments, ... */
  readonly header: PprofHeader;
}

export const pprof: Format<PprofCapture> = {
  kind: "pprof",
  name: "a pprof profile",
  detect: isPprof,
  tables: {
    ...profileSchemas,
    samples: samplesSchema({ valueTypes: [], values: [] }),
    sampleLabels: sampleLabelsSchema,
    mappings: mappingsSchema,
    labelTotals: "label_totals",
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const [
      { readPprofBytes },
      { Diagnostics },
      { profileTables, topOf },
      tables,
      { labelTotals, labelTotalsSchema },
      sums,
    ] = await Promise.all([
      import("../read/pprof/read-pprof.js"),
      import("../read/diagnostics.js"),
      import("./profile-contents.js"),
      import("../table/profile-tables.js"),
      import("../analyze/label-totals.js"),
      import("../read/profile/int64-values.js"),
    ]);
    const diagnostics = new Diagnostics();
    const data = await readPprofBytes(input, diagnostics, options);
    const { profile } = data;
    const { valueTypes, values, defaultValue } = profile;
    return {
      findings: diagnostics.all(),
      tables: {
        ...profileTables(data),
        samples: { schema: samplesSchema(profile), make: () => tables.samplesTable(profile) },
        sampleLabels: () => tables.sampleLabelsTable(profile),
        mappings: () => tables.mappingsTable(profile),
        labelTotals: { schema: labelTotalsSchema, make: (capture) => labelTotals(capture) },
      },
      members: { profile, header: data },
      summary: (capture) => ({
        format: "pprof",
        sample_types: valueTypes,
        default_sample_type: valueTypes[defaultValue]?.type ?? "",
        samples: profile.sampleStack.length,
        totals: Object.fromEntries(valueTypes.map(({ type }, i) => [type, sums.sumInt64(values[i])])),
        top: topOf(capture),
        duration_ns: data.durationNanos,
      }),
    };
  },
};
