import { isGoAsm } from "../read/go-asm/is-go-asm.js";
import { asmFunctionsSchema, instructionsSchema } from "../table/go-asm.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import type { Format, Tables } from "./format.js";

/** A Go assembly listing (`-gcflags=-S`, `go tool compile -S`, `go tool objdump`); `functions` is `asmFunctions`. */
export interface GoAsmCapture
  extends Capture<"go-asm">,
    Tables<"instructions" | "asmFunctions" | "functions" | "unparsed"> {}

export const goAsm: Format<GoAsmCapture> = {
  kind: "go-asm",
  name: "a Go assembly listing",
  detect: isGoAsm,
  tables: {
    instructions: instructionsSchema,
    asmFunctions: asmFunctionsSchema,
    functions: asmFunctionsSchema,
    unparsed: placedUnparsedSchema,
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const [{ instructionText, readGoAsm }, { computedColumn }, { lineTexts }] = await Promise.all([
      import("../read/go-asm/read-go-asm.js"),
      import("../bytes/lazy-column.js"),
      import("../read/text/line-texts.js"),
    ]);
    const { form, lines, functions, instructions, instructionOffset, unparsed } = await readGoAsm(
      input,
      options,
    );
    const opcodes = (): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (let row = 0; row < instructions.length; row++) {
        if (instructions.get("pseudo", row)) continue;
        const opcode = instructions.get("opcode", row);
        counts[opcode] = (counts[opcode] ?? 0) + 1;
      }
      return Object.fromEntries(Object.entries(counts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
    };
    return {
      tables: {
        instructions: () => {
          const texts = lineTexts(input, instructionOffset.finish());
          const text = (name: "pc" | "operands" | "code") =>
            computedColumn(instructions.length, (row) => instructionText(texts.at(row))[name]);
          return {
            ...instructions.columns(),
            pc: text("pc"),
            operands: text("operands"),
            code: text("code"),
          };
        },
        asmFunctions: () => functions,
        functions: () => functions,
        unparsed: () => unparsedColumns(input, unparsed),
      },
      summary: () => ({
        format: "go-asm",
        form,
        lines,
        functions: functions.length,
        instructions: instructions.length,
        opcodes: opcodes(),
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
