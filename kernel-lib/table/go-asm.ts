import { column, type TableSchema } from "./schema.js";

export const instructionsSchema: TableSchema = {
  name: "instructions",
  doc: "Go assembly, a row an instruction, from compile -S or objdump.",
  columns: [
    column("function", "string", "function the instruction is in"),
    column("file", "string", "source file as printed", { missing: "not printed" }),
    column("line", "int32", "source line", { missing: "not printed" }),
    column("offset_bytes", "float64", "offset in the function", { unit: "bytes" }),
    column("pc", "string", "virtual address, hex", { missing: "compile -S knows none" }),
    column("opcode", "string", "Go's name of the instruction, such as MOVUPS"),
    column("operands", "string", "operands as printed, without a -gnu comment"),
    column("pseudo", "boolean", "TEXT, FUNCDATA, PCDATA and the like: no machine code of their own"),
    column("code", "string", "machine code, hex", { missing: "compile -S prints it apart" }),
  ],
};

export const asmFunctionsSchema: TableSchema = {
  name: "asm_functions",
  doc: "The functions of an assembly listing.",
  columns: [
    column("function", "string", "function name"),
    column("file", "string", "source file of its first instruction", { missing: "not printed" }),
    column("size_bytes", "float64", "machine code", { unit: "bytes", missing: "not printed" }),
    column("frame_bytes", "float64", "stack frame for locals", {
      unit: "bytes",
      missing: "not printed by objdump",
    }),
    column("args_bytes", "float64", "arguments and results", {
      unit: "bytes",
      missing: "not printed by objdump",
    }),
    column("nosplit", "boolean", "marked nosplit; false in objdump, which does not print it"),
  ],
};
