import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { hexColumn } from "../bytes/hex-column.js";
import type { ProfileColumns, ValueType } from "../read/profile/profile-columns.js";
import { buildTable, type Column } from "./build-table.js";
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
export function samplesSchema(profile: ProfileColumns): TableSchema {
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

/** The samples of a profile; see {@link samplesSchema}. */
export function samplesTable(profile: ProfileColumns): ColumnTable {
  const columns: Record<string, Column> = {
    sample_id: rowNumbers(profile.sampleStack.length),
    stack_id: profile.sampleStack,
    leaf: leafColumn(profile, profile.sampleStack),
  };
  valueColumnNames(profile.valueTypes).forEach((name, i) => {
    columns[name] = profile.values[i];
  });
  return buildTable(samplesSchema(profile), columns);
}

/** The innermost function of each of these stacks. */
export function leafColumn(profile: ProfileColumns, stacks: Int32Array): Column {
  const { stackStart, stackFrame, frameName, names } = profile;
  const codes = stacks.map((stack) =>
    stackStart[stack] < stackStart[stack + 1] ? frameName[stackFrame[stackStart[stack]]] : names.length,
  );
  return dictionaryColumn(codes, [...names, null]);
}

export function functionsTable({ functions }: ProfileColumns): ColumnTable {
  return buildTable(functionsSchema, {
    function_id: rowNumbers(functions.name.length),
    func: [...functions.name],
    system_name: [...functions.systemName],
    file: [...functions.file],
    start_line: functions.startLine,
  });
}

export function stacksTable(profile: ProfileColumns): ColumnTable {
  const { stackStart, stackFrame, frameName, names } = profile;
  const stacks = rowNumbers(stackStart.length - 1);
  const empty = (stack: number): boolean => stackStart[stack] === stackStart[stack + 1];
  const root = stacks.map((stack) =>
    empty(stack) ? names.length : frameName[stackFrame[stackStart[stack + 1] - 1]],
  );
  return buildTable(stacksSchema, {
    stack_id: stacks,
    depth: stacks.map((stack) => stackStart[stack + 1] - stackStart[stack]),
    leaf: leafColumn(profile, stacks),
    root: dictionaryColumn(root, [...names, null]),
  });
}

/** Every frame of every stack. */
export function framesTable(profile: ProfileColumns): ColumnTable {
  const { stackStart, stackFrame, frameName, frameFunction, frameLocation, locations, functions } = profile;
  const rows = stackFrame.length;
  const stack = new Int32Array(rows);
  const depth = new Int32Array(rows);
  for (let id = 0; id + 1 < stackStart.length; id++) {
    for (let row = stackStart[id]; row < stackStart[id + 1]; row++) {
      stack[row] = id;
      depth[row] = row - stackStart[id];
    }
  }
  const ofFrame = <A extends Int32Array | Float64Array>(
    make: new (n: number) => A,
    values: ArrayLike<number>,
  ): A => {
    const picked = new make(rows);
    for (let row = 0; row < rows; row++) picked[row] = values[stackFrame[row]];
    return picked;
  };
  const fn = ofFrame(Int32Array, frameFunction);
  const location = ofFrame(Int32Array, frameLocation);
  const files = dictionaryCodes(functions.file);
  const inlined = ofFrame(Int32Array, profile.frameInlined);
  return buildTable(framesSchema, {
    stack_id: stack,
    depth,
    pc: hexColumn(locations.addressLo, locations.addressHi, rows, (row) => location[row]),
    func: dictionaryColumn(ofFrame(Int32Array, frameName), profile.names),
    file: dictionaryColumn(
      fn.map((id) => (id < 0 ? 0 : files.codes[id])),
      files.values,
    ),
    line: ofFrame(Float64Array, profile.frameLine),
    inlined: booleans(inlined),
    function_id: fn,
    mapping_id: location.map((id) => locations.mapping[id]),
  });
}

export function sampleLabelsTable({ labels }: ProfileColumns): ColumnTable {
  const strings = [...labels.strings, null];
  const none = labels.strings.length;
  const orNone = (codes: Int32Array): Int32Array => codes.map((code) => (code < 0 ? none : code));
  return buildTable(sampleLabelsSchema, {
    sample_id: labels.sample,
    key: dictionaryColumn(labels.key, strings),
    value: dictionaryColumn(orNone(labels.text), strings),
    num: labels.num,
    num_unit: dictionaryColumn(orNone(labels.unit), strings),
  });
}

export function mappingsTable({ mappings }: ProfileColumns): ColumnTable {
  const cells = (pick: (mapping: (typeof mappings)[number]) => string): string[] => mappings.map(pick);
  return buildTable(mappingsSchema, {
    mapping_id: rowNumbers(mappings.length),
    start: cells(({ start }) => start),
    limit: cells(({ limit }) => limit),
    offset: cells(({ offset }) => offset),
    file: cells(({ file }) => file),
    build_id: cells(({ buildId }) => buildId),
    has: cells(({ has }) => has),
  });
}

/** 0, 1, 2, ... */
export function rowNumbers(count: number): Int32Array {
  const rows = new Int32Array(count);
  for (let row = 0; row < count; row++) rows[row] = row;
  return rows;
}

/** Codes for texts; code 0 is null and stands for the empty text. */
function dictionaryCodes(texts: readonly string[]): { codes: Int32Array; values: (string | null)[] } {
  const values: (string | null)[] = [null];
  const known = new Map<string, number>([["", 0]]);
  const codes = Int32Array.from(texts, (text) => {
    let code = known.get(text);
    if (code === undefined) {
      code = values.push(text) - 1;
      known.set(text, code);
    }
    return code;
  });
  return { codes, values };
}

function booleans(flags: Int32Array): boolean[] {
  return Array.from(flags, (flag) => flag !== 0);
}
