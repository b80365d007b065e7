import type { ColumnTable } from "arquero";
import { type AsmListing, readGoAsm } from "../read/go-asm/read-go-asm.js";
import type { OpenInput } from "../read/open-input.js";
import { tableFromRows } from "../table/build-table.js";
import { asmFunctionsSchema, instructionsSchema } from "../table/go-asm.js";
import { unparsedSchema } from "../table/unparsed.js";
import { Capture, type CaptureSource, sourceOf } from "./capture.js";

/** A Go assembly listing (`-gcflags=-S`, `go tool compile -S`, `go tool objdump`). */
export class GoAsmCapture extends Capture {
  readonly kind = "go-asm";
  private readonly listing: AsmListing;

  constructor(source: CaptureSource, listing: AsmListing) {
    super(source, "", []);
    this.listing = listing;
    this.define(instructionsSchema, () => tableFromRows(instructionsSchema, listing.instructions));
    this.define(asmFunctionsSchema, () => tableFromRows(asmFunctionsSchema, listing.functions));
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, listing.unparsed));
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
    for (const { opcode, pseudo } of this.listing.instructions) {
      if (!pseudo) opcodes[opcode] = (opcodes[opcode] ?? 0) + 1;
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

/** Loads an assembly listing; see {@link GoAsmCapture}. */
export async function loadGoAsm(input: OpenInput): Promise<GoAsmCapture> {
  return new GoAsmCapture(sourceOf(input), readGoAsm(await input.bytes()));
}
