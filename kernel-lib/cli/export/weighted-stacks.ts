import { numbers } from "../../analyze/columns.js";
import type { LoadedCapture } from "../../capture/formats.js";
import type { ProfileColumns, ValueType } from "../../read/profile/profile-columns.js";
import type { ColumnSchema } from "../../table/schema.js";
import { UsageError } from "../usage-error.js";
import { type Selection, selectedTable } from "./selected-table.js";

/** A label of a sample: a text, or a number with its unit. */
export interface SampleLabel {
  key: string;
  text?: string;
  num?: number | bigint;
  unit?: string;
}

/** What a profile says of one stack. */
export interface StackSample {
  /** -1 for no stack. */
  stack: number;
  /** One for each sample type. */
  values: (number | bigint)[];
  labels: SampleLabel[];
}

/** A table of a capture as profiles have it: stacks and what each weighs, in one or more measures. */
export interface WeightedStacks {
  types: ValueType[];
  /** The type a tool shows unless told otherwise. */
  defaultType: number;
  samples: StackSample[];
}

/**
 * What a capture's table weighs by stack. A profile's own samples keep their types, exact 64-bit values and labels; of any other table with a `stack_id`, every column of counts, bytes or durations is a type, and where it has
 * no counts, its rows are counted. Rows of one stack are one sample, but for those of a pprof file, which stay as they are.
 *
 * @throws UsageError when the table has no stacks, naming those that have
 */
export function weightedStacks(
  capture: LoadedCapture,
  name: string | undefined,
  selection: Selection = {},
): WeightedStacks {
  if ("profile" in capture && (name === undefined || name === "samples")) {
    return profileSamples(capture.profile, capture.kind !== "pprof");
  }
  const withStacks = capture
    .schemas()
    .filter(({ name: table, columns }) => columns.some(isStackId) && table !== "frames" && table !== "stacks")
    .map((schema) => schema.name);
  if (name === undefined || !withStacks.includes(name)) {
    const known = withStacks.join(", ") || "none";
    const problem = name === undefined ? "which stacks?" : `the table ${name} has no stacks`;
    throw new UsageError(`${problem} Tables with stacks, for --table: ${known}`);
  }
  return tableSamples(capture, name, selection);
}

function isStackId({ name }: ColumnSchema): boolean {
  return name === "stack_id";
}

function profileSamples(profile: ProfileColumns, merged: boolean): WeightedStacks {
  const { valueTypes, defaultValue, values, sampleStack } = profile;
  const labels = labelsBySample(profile);
  const merge = new StackMerge(merged);
  for (let row = 0; row < sampleStack.length; row++) {
    const sample = values.map((column) => column[row]);
    merge.add(sampleStack[row], sample, labels.get(row));
  }
  return { types: [...valueTypes], defaultType: defaultValue, samples: merge.samples };
}

function labelsBySample({ labels }: ProfileColumns): Map<number, SampleLabel[]> {
  const bySample = new Map<number, SampleLabel[]>();
  for (let row = 0; row < labels.sample.length; row++) {
    const label: SampleLabel = { key: labels.strings[labels.key[row]] };
    if (labels.text[row] >= 0) label.text = labels.strings[labels.text[row]];
    else {
      label.num = labels.num[row];
      if (labels.unit[row] >= 0) label.unit = labels.strings[labels.unit[row]];
    }
    const known = bySample.get(labels.sample[row]);
    if (known) known.push(label);
    else bySample.set(labels.sample[row], [label]);
  }
  return bySample;
}

const units: Readonly<Record<string, string>> = { ns: "nanoseconds", count: "count", bytes: "bytes" };

function tableSamples(capture: LoadedCapture, name: string, selection: Selection): WeightedStacks {
  const table = selectedTable(capture, name, selection);
  const schema = capture.schemas().find((one) => one.name === name);
  const measures = (schema?.columns ?? []).filter(
    (column) => column.unit !== undefined && column.unit in units && !isMoment(column),
  );
  const types = measures.map(({ name: measure, unit = "" }) => ({
    type: typeName(name, measure),
    unit: units[unit],
  }));
  const counted = measures.some(({ unit }) => unit === "count");
  if (!counted) types.unshift({ type: name, unit: "count" });
  const columns = measures.map((measure) => numbers(table, measure.name));
  const stack = numbers(table, "stack_id");
  const merge = new StackMerge(true);
  for (let row = 0; row < stack.length; row++) {
    // A measure that is not known adds nothing.
    const values = columns.map((column) => Math.round(column[row]) || 0);
    merge.add(stack[row], counted ? values : [1, ...values]);
  }
  return { types, defaultType: types.length - 1, samples: merge.samples };
}

// Points in time are no measure of a stack; lengths of time are.
function isMoment({ name, kind }: ColumnSchema): boolean {
  return /(?:^|_)(?:time|start|end|begin)_ns$/.test(name) || !/^(?:float64|u?int32|uint8)$/.test(kind);
}

// What go tool trace -pprof calls the two figures of its profiles.
function typeName(table: string, measure: string): string {
  if (table.endsWith("_profile")) {
    if (measure === "count") return "contentions";
    if (measure === "total_ns") return "delay";
  }
  return measure.replace(/_(?:ns|bytes)$/, "");
}

/** Adds up samples of equal stacks where that is wanted. */
class StackMerge {
  readonly samples: StackSample[] = [];
  private readonly known = new Map<number, StackSample>();
  private readonly wanted: boolean;

  constructor(wanted: boolean) {
    this.wanted = wanted;
  }

  add(stack: number, values: (number | bigint)[], labels: SampleLabel[] = []): void {
    const known = this.known.get(stack);
    if (known) {
      known.values = known.values.map((sum, type) => sumOf(sum, values[type]));
      return;
    }
    const sample = { stack, values, labels };
    this.samples.push(sample);
    if (this.wanted) this.known.set(stack, sample);
  }
}

/** The sum of two values, exact where one of them needs 64 bits. */
export function sumOf(a: number | bigint, b: number | bigint): number | bigint {
  return typeof a === "bigint" || typeof b === "bigint" ? BigInt(a) + BigInt(b) : a + b;
}
