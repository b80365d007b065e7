import type { ColumnTable } from "arquero";
import { computedColumn } from "../bytes/lazy-column.js";
import {
  type AsmListing,
  type InstructionText,
  instructionText,
  readGoAsm,
} from "../read/go-asm/read-go-asm.js";
import type { OpenInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { lineTexts } from "../read/text/line-texts.js";
import { buildTable, tableFromRows } from "../table/build-table.js";
import { asmFunctionsSchema, instructionsSchema } from "../table/go-asm.js";
import { placedUnparsedSchema, unparsedTable } from "../table/unparsed.js";
import { Capture, sourceOf } from "./capture.js";

/** A Go assembly listing (`-gcflags=-S`, `go tool compile -S`, `go tool objdump`). */
export class GoAsmCapture extends Capture {
  readonly kind = "go-asm";
  private readonly listing: AsmListing;

  constructor(input: OpenInput, listing: AsmListing) {
    super(sourceOf(input), "", []);
    this.listing = listing;
    this.define(instructionsSchema, () => instructionsTable(input, listing));
    this.define(asmFunctionsSchema, () => tableFromRows(asmFunctionsSchema, listing.functions));
    this.define(placedUnparsedSchema, () => unparsedTable(input, listing.unparsed));
  }

  get instructions(): ColumnTable {
    return this.table("instructions");
  }

  get functions(): ColumnTable {
    return this.table("asm_functions");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const opcodes: Record<string, number> = {};
    const { instructions } = this.listing;
    for (let row = 0; row < instructions.length; row++) {
      if (instructions.get("pseudo", row)) continue;
      const opcode = instructions.get("opcode", row);
      opcodes[opcode] = (opcodes[opcode] ?? 0) + 1;
    }
    return {
      format: "go-asm",
      form: this.listing.form,
      lines: this.listing.lines,
      functions: this.listing.functions.length,
      instructions: this.listing.instructions.length,
      opcodes: Object.fromEntries(
        Object.entries(opcodes).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
      ),
      unparsed_lines: this.listing.unparsed.length,
    };
  }
}

function instructionsTable(input: OpenInput, { instructions, instructionOffset }: AsmListing): ColumnTable {
  const lines = lineTexts(input, instructionOffset.finish());
  const text = (name: keyof InstructionText) =>
    computedColumn(instructions.length, (row) => instructionText(lines.at(row))[name]);
  return buildTable(instructionsSchema, {
    ...instructions.columns(),
    pc: text("pc"),
    operands: text("operands"),
    code: text("code"),
  });
}

/** Loads an assembly listing; see {@link GoAsmCapture}. */
export async function loadGoAsm(input: OpenInput, options: ReadOptions): Promise<GoAsmCapture> {
  return new GoAsmCapture(input, await readGoAsm(input, options));
}
