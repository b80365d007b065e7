import type { ColumnTable } from "arquero";
import { numbers, textAt, texts } from "../analyze/columns.js";
import { type ChartOptions, type ChartSpec, chartSpec } from "./chart-spec.js";
import { namedTables, type TableOrNamed } from "./named-tables.js";
import { categories } from "./palette.js";
import { shortName } from "./short-name.js";

/** Options of {@link instructionChart}. */
export interface InstructionChartOptions extends ChartOptions {
  /** Functions to draw, in this order; by default the `top` longest. */
  functions?: readonly string[];
  /** How many functions (default 10). */
  top?: number;
}

// Of Go's assembler for amd64 and arm64, in the order of the legend.
const classes = ["moves", "arithmetic", "branches", "calls", "others"] as const;
type InstructionClass = (typeof classes)[number];

/** What an instruction does, by Go's name of it. */
export function instructionClass(opcode: string): InstructionClass {
  if (/^(CALL|BL|BLR)$/.test(opcode)) return "calls";
  if (/^(J[A-Z]+|B|BR|B(EQ|NE|CC|CS|GE|GT|HI|HS|LE|LO|LS|LT|MI|PL|VC|VS)|CBN?ZW?|TBN?Z|RET)$/.test(opcode)) {
    return "branches";
  }
  if (/^(V?MOV|LEA|PUSH|POP|XCHG|REP|STP|LDP|LDR|STR|DUFFCOPY|DUFFZERO|VLD|VST|CMOV)/.test(opcode))
    return "moves";
  if (
    /^V?P?(ADD|SUB|AND|OR|EOR|XOR|NEG|NOT|MVN|INC|DEC|I?MUL|I?DIV|U?MULH|MADD|SHL|SHR|SAL|SAR|LSL|LSR|ASR|ROL|ROR|BIC|CMP|TEST|TST|SBB|ADC|BSF|BSR|POPCNT|CQO)/.test(
      opcode,
    )
  ) {
    return "arithmetic";
  }
  return "others";
}

/**
 * How many machine instructions functions compile to, by what they do: moves, arithmetic and comparison, branches, calls.
 * One table of `instructions`, or several by release or variant, which then stand beside each other. What stands in the file
 * counts, not what is executed; directives (TEXT, PCDATA) are no instructions.
 *
 * @throws RangeError when there is no instruction to draw
 * @example
 * instructionChart({ "Go 1.21": before.instructions, "Go 1.26": after.instructions }, { top: 8 });
 */
export function instructionChart(
  instructions: TableOrNamed,
  options: InstructionChartOptions = {},
): ChartSpec {
  const series = namedTables(instructions);
  const counts = Object.entries(series).flatMap(([name, rows]) => countsOf(name, rows));
  const functions = options.functions ?? longest(counts, options.top ?? 10);
  const values = counts.filter((row) => functions.includes(row.function));
  if (values.length === 0) throw new RangeError("instructionChart: no instructions of these functions");
  const names = Object.keys(series);
  const totals = totalsOf(values);
  const most = totals.reduce((a, b) => (b.n > a.n ? b : a));
  const title = `Up to ${most.n} instructions: ${most.function}${names.length > 1 ? `, ${most.series}` : ""}`;
  const y = { field: "function", type: "nominal", sort: functions, axis: { title: null, labelLimit: 220 } };
  return chartSpec(
    {
      title,
      subtitle: "machine instructions as compiled, not as executed",
      description: `Instructions of ${functions.length} functions. ${title}.`,
      width: names.length > 1 ? undefined : 420,
      height: undefined,
      titleWidth: 640,
      data: { values },
      ...(names.length > 1
        ? {
            facet: { column: { field: "series", type: "nominal", sort: names, title: null } },
            spec: bars(y, Math.max(110, Math.floor(400 / names.length))),
          }
        : { ...bars(y, 420), height: { step: 20 } }),
    },
    options,
  );
}

function bars(y: object, width: number): Record<string, unknown> {
  return {
    width,
    height: { step: 20 },
    mark: "bar",
    encoding: {
      y,
      x: { field: "n", type: "quantitative", axis: { title: "instructions", tickCount: 4, format: "~s" } },
      color: {
        field: "class",
        type: "nominal",
        title: null,
        scale: { domain: [...classes], range: categories.slice(0, classes.length) },
      },
      order: { field: "order", type: "ordinal" },
      tooltip: [
        { field: "function" },
        { field: "class", title: "what they do" },
        { field: "n", title: "instructions" },
      ],
    },
  };
}

interface Count {
  series: string;
  function: string;
  class: InstructionClass;
  order: number;
  n: number;
}

function countsOf(series: string, rows: ColumnTable): Count[] {
  const func = texts(rows, "function");
  const opcode = texts(rows, "opcode");
  const pseudo = numbers(rows, "pseudo");
  const kinds = opcode.values.map((name) => instructionClass(name ?? ""));
  const counts = new Map<string, Count>();
  for (let row = 0; row < pseudo.length; row++) {
    if (pseudo[row]) continue;
    // `github.com/x/server.Serve` is `server.Serve` on an axis.
    const name = shortName(textAt(func, row) ?? "unknown");
    const kind = kinds[opcode.codes[row]];
    const key = `${kind} ${name}`;
    const count = counts.get(key) ?? {
      series,
      function: name,
      class: kind,
      order: classes.indexOf(kind),
      n: 0,
    };
    counts.set(key, count);
    count.n++;
  }
  return [...counts.values()];
}

function totalsOf(counts: readonly Count[]): { function: string; series: string; n: number }[] {
  const totals = new Map<string, { function: string; series: string; n: number }>();
  for (const { function: name, series, n } of counts) {
    const key = `${series}\u0000${name}`;
    const total = totals.get(key) ?? { function: name, series, n: 0 };
    totals.set(key, total);
    total.n += n;
  }
  return [...totals.values()];
}

function longest(counts: readonly Count[], top: number): string[] {
  const sorted = totalsOf(counts).sort((a, b) => b.n - a.n);
  return [...new Set(sorted.map((total) => total.function))].slice(0, top);
}
