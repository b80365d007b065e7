import type { ColumnTable } from "arquero";
import { labelTotals, labelTotalsSchema } from "../analyze/label-totals.js";
import { Diagnostics } from "../read/diagnostics.js";
import { headOf, type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { PprofData, PprofHeader } from "../read/pprof/decode-pprof.js";
import { isPprof } from "../read/pprof/is-pprof.js";
import { readPprofBytes } from "../read/pprof/read-pprof.js";
import { sumInt64 } from "../read/profile/int64-values.js";
import type { ReadOptions } from "../read/read-options.js";
import {
  mappingsSchema,
  mappingsTable,
  sampleLabelsSchema,
  sampleLabelsTable,
  samplesSchema,
  samplesTable,
} from "../table/profile.js";
import { type CaptureSource, sourceOf } from "./capture.js";
import { ProfileCapture } from "./profile-capture.js";
import { readAs } from "./read-as.js";

/**
 * A pprof profile: any that `go tool pprof` opens, and the text forms (`debug=1`) of Go's own.
 * Tables: samples, sample_labels, stacks, frames, functions, mappings, top_functions, call_tree, label_totals.
 */
export class PprofCapture extends ProfileCapture {
  readonly kind = "pprof";
  /** What the file says beside its samples: period, time, comments, ... */
  readonly header: PprofHeader;

  constructor(source: CaptureSource, data: PprofData, diagnostics: Diagnostics) {
    super(source, "", diagnostics.all(), data.profile);
    this.header = data;
    const { profile } = data;
    this.define(samplesSchema(profile), () => samplesTable(profile));
    this.define(sampleLabelsSchema, () => sampleLabelsTable(profile));
    this.define(mappingsSchema, () => mappingsTable(profile));
    this.define(labelTotalsSchema, () => labelTotals(this));
  }

  get sampleLabels(): ColumnTable {
    return this.table("sample_labels");
  }

  get mappings(): ColumnTable {
    return this.table("mappings");
  }

  get labelTotals(): ColumnTable {
    return this.table("label_totals");
  }

  override summary(): Record<string, unknown> {
    const { valueTypes, values, defaultValue } = this.profile;
    const totals: Record<string, number | bigint> = {};
    valueTypes.forEach(({ type }, i) => {
      totals[type] = sumInt64(values[i]);
    });
    return {
      format: "pprof",
      sample_types: valueTypes,
      default_sample_type: valueTypes[defaultValue]?.type ?? "",
      samples: this.profile.sampleStack.length,
      totals,
      top: this.top(),
      duration_ns: this.header.durationNanos,
      diagnostics: this.findings,
    };
  }
}

/** Loads a pprof profile; see {@link PprofCapture}. */
export async function loadPprof(input: OpenInput, options: ReadOptions = {}): Promise<PprofCapture> {
  const diagnostics = new Diagnostics();
  const data = await readPprofBytes(input, diagnostics, options);
  return new PprofCapture(sourceOf(input), data, diagnostics);
}

/**
 * Reads a pprof profile, or a text profile of Go's (`debug=1`), from a path, bytes or a stream.
 *
 * @throws CaptureError when it is none; with `strict` also when its tables do not hold together.
 * @example
 * const cpu = await readPprof("cpu.pb.gz");
 * topFunctions(cpu, { sampleType: "cpu" }).slice(0, 10);
 */
export async function readPprof(input: Input, options: ReadOptions = {}): Promise<PprofCapture> {
  const opened = await openInput(input, options);
  const isOwn = isPprof(headOf(opened));
  return readAs("pprof", opened, isOwn, () => loadPprof(opened, options));
}
