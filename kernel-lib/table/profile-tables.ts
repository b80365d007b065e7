import type { ColumnTable } from "arquero";
import { dictionaryColumn } from "../bytes/dictionary.js";
import { hexColumn } from "../bytes/hex-column.js";
import type { ProfileColumns } from "../read/profile/profile-columns.js";
import { buildTable, type Column } from "./build-table.js";
import {
  framesSchema,
  functionsSchema,
  mappingsSchema,
  sampleLabelsSchema,
  samplesSchema,
  stacksSchema,
  valueColumnNames,
} from "./profile.js";

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
