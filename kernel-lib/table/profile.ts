import type { ProfileColumns, ValueType } from "../read/profile/profile-columns.js";
import { type ColumnSchema, column, type TableSchema } from "./schema.js";

export const functionsSchema: TableSchema = {
  name: "functions",
  doc: "The functions a profile names, one row each.",
  columns: [
    column("function_id", "int32", "row number, from 0"),
    column("func", "string", "name as it is shown"),
    column("system_name", "string", "name as the binary has it, mangled or not", {
      missing: "empty: not written",
    }),
    column("file", "string", "source file, or the binary where no source is known", {
      missing: "empty: not known",
    }),
    column("start_line", "float64", "line the function starts at", { missing: "0: not known" }),
  ],
};

export const framesSchema: TableSchema = {
  name: "frames",
  doc: "The frames of every stack, leaf first; inlined calls are frames of their own.",
  columns: [
    column("stack_id", "int32", "the stack; equal stacks share one"),
    column("depth", "int32", "0 is the leaf"),
    column("pc", "string", "address, in hex"),
    column("func", "string", "function, else the binary in brackets, else <unknown>"),
    column("file", "string", "source file", { missing: "null: not known" }),
    column("line", "float64", "source line", { missing: "0: not known" }),
    column("inlined", "boolean", "whether the call was inlined into the next frame"),
    column("function_id", "int32", "row of functions", { missing: "-1: not known" }),
    column("mapping_id", "int32", "row of mappings", { missing: "-1: not known" }),
  ],
};

export const stacksSchema: TableSchema = {
  name: "stacks",
  doc: "The distinct stacks of a profile.",
  columns: [
    column("stack_id", "int32", "row number, from 0"),
    column("depth", "int32", "how many frames it has", { unit: "count" }),
    column("leaf", "string", "innermost function", { missing: "null: the stack is empty" }),
    column("root", "string", "outermost function", { missing: "null: the stack is empty" }),
  ],
};

export const sampleLabelsSchema: TableSchema = {
  name: "sample_labels",
  doc: "The labels of samples, one row each; a sample may have several, and several with one key.",
  columns: [
    column("sample_id", "int32", "row of samples"),
    column("key", "string", "the label's key"),
    column("value", "string", "a text label's value", { missing: "null: a number label" }),
    column("num", "float64", "a number label's value; a column of bigint where one exceeds 2^53", {
      missing: "0 for a text label",
    }),
    column("num_unit", "string", "a number label's unit", { missing: "null: none given" }),
  ],
};

export const mappingsSchema: TableSchema = {
  name: "mappings",
  doc: "The files that were mapped into the process.",
  columns: [
    column("mapping_id", "int32", "row number, from 0"),
    column("start", "string", "first address, in hex"),
    column("limit", "string", "address after the last, in hex"),
    column("offset", "string", "offset in the file, in hex"),
    column("file", "string", "the binary's path", { missing: "empty: not written" }),
    column("build_id", "string", "the binary's build id", { missing: "empty: not written" }),
    column(
      "has",
      "string",
      "what the writer resolved: [FN] functions, [FL] files, [LN] lines, [IN] inlined frames",
    ),
  ],
};

const shortUnits: Record<string, string> = { nanoseconds: "ns", microseconds: "us", milliseconds: "ms" };

/** A value column's name, its unit at the end: `cpu_ns`, `inuse_space_bytes`, `samples_count`. */
export function valueColumnNames(types: readonly ValueType[]): string[] {
  const names: string[] = [];
  for (const { type, unit } of types) {
    const plain = `${type}_${shortUnits[unit] ?? unit}`.replace(/[^A-Za-z0-9_]+/g, "_").replace(/_+$/, "");
    let name = plain || "value";
    for (let n = 2; names.includes(name) || name === "sample_id" || name === "stack_id"; n++)
      name = `${plain}_${n}`;
    names.push(name);
  }
  return names;
}

/** The schema of a profile's samples: its value columns are named after the sample types. */
export function samplesSchema(profile: Pick<ProfileColumns, "valueTypes" | "values">): TableSchema {
  const names = valueColumnNames(profile.valueTypes);
  const values = profile.valueTypes.map(({ type, unit }, i): ColumnSchema => {
    const kind = profile.values[i] instanceof Float64Array ? "float64" : "bigint";
    return column(names[i], kind, `sample type ${JSON.stringify(type)}`, { unit: shortUnits[unit] ?? unit });
  });
  return {
    name: "samples",
    doc: "The samples of a profile, with one column for each sample type.",
    columns: [
      column("sample_id", "int32", "row number, from 0"),
      column("stack_id", "int32", "row of stacks"),
      column("leaf", "string", "innermost function", { missing: "null: the stack is empty" }),
      ...values,
    ],
  };
}
