import type { HasProfile, Int64Values, ProfileColumns, ValueType } from "../read/profile/profile-columns.js";
import { type TableSource, withArticle } from "./table-source.js";

/** The kinds of capture that are profiles: stacks with what they weigh. */
export const profileKinds: readonly string[] = [
  "pprof",
  "perf-script",
  "perf-data",
  "cachegrind",
  "callgrind",
];

/** Which value of a profile an analysis sums. */
export interface ProfileSelection {
  /** A sample type or event by name (`cpu`, `inuse_space`) or number; the profile's default one unless given. */
  sampleType?: string | number;
}

/** What samples weigh, summed over each distinct stack, so that analyses need not look at samples again. */
export interface StackWeights {
  readonly profile: ProfileColumns;
  readonly weight: Float64Array;
  /** The sum of all samples' absolute values: what shares refer to. */
  readonly total: number;
  readonly type: string;
  readonly unit: string;
}

/**
 * Sums one value of all samples by stack. Sums are doubles: exact up to 2^53.
 *
 * @throws RangeError when the profile has no such sample type; the message lists those it has.
 */
export function stackWeights(source: HasProfile, selection: ProfileSelection = {}): StackWeights {
  const profile = profileOf(source);
  const { values, type, unit } = valuesOf(profile, selection);
  const weight = new Float64Array(profile.stackStart.length - 1);
  let total = 0;
  for (let sample = 0; sample < values.length; sample++) {
    const value = Number(values[sample]);
    weight[profile.sampleStack[sample]] += value;
    total += Math.abs(value);
  }
  return { profile, weight, total, type, unit };
}

/**
 * The profile of a capture.
 *
 * @throws RangeError when the capture is none of profile's, naming the tables it has.
 */
export function profileOf(source: HasProfile): ProfileColumns {
  const { profile } = source as Partial<HasProfile>;
  if (profile) return profile;
  const { kind, schemas } = source as Partial<TableSource>;
  const there = schemas ? schemas.call(source).map(({ name }) => name) : [];
  const remedy = there.includes("cpu_samples")
    ? '; for the CPU samples of a trace: stackTree(trace, trace.table("cpu_samples"))'
    : "";
  throw new RangeError(
    `this analysis needs samples of a profile (pprof, perf, folded stacks, ...), which ${withArticle(kind ?? "unknown")} capture does not have; there are: ${there.join(", ") || "none"}${remedy}`,
  );
}

/**
 * The values that a selection means, one for each sample; zeros for a profile without any sample type.
 *
 * @throws RangeError when the profile has no such sample type; the message lists those it has.
 */
export function valuesOf(
  profile: ProfileColumns,
  selection: ProfileSelection,
): ValueType & { values: Int64Values } {
  const index = valueIndex(profile, selection.sampleType);
  const values = profile.values[index] ?? new Float64Array(profile.sampleStack.length);
  const { type, unit } = profile.valueTypes[index] ?? { type: "", unit: "" };
  return { type, unit, values };
}

function valueIndex(profile: ProfileColumns, wanted: string | number | undefined): number {
  if (wanted === undefined) return profile.defaultValue;
  const index =
    typeof wanted === "number" ? wanted : profile.valueTypes.findIndex(({ type }) => type === wanted);
  if (!profile.valueTypes[index]) {
    const known = profile.valueTypes.map(({ type }) => type).join(", ") || "none";
    throw new RangeError(`no sample type ${JSON.stringify(wanted)} in this profile; there are: ${known}`);
  }
  return index;
}
