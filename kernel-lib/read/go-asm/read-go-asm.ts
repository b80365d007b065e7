// Go assembly as the toolchain prints it, in its two forms:
// - `go build -gcflags=-S`, `go tool compile -S`: `name STEXT attributes size=...`, then instructions
//   `\t0x0004 00004 (file:line)\tOP\toperands`, then a hex dump and relocations.
//   (cmd/internal/obj/plist.go and objfile.go; the lines come from (*Prog).InnermostString.)
// - `go tool objdump`: `TEXT name(SB) file`, then `  file:line\t\taddress\t\tbytes\t\tOP operands`,
//   with ` // gnu syntax` under -gnu and without the place under -S. (cmd/internal/disasm.)
// Ignored: hex dumps, relocations and data symbols of -S, and the interleaved source of objdump -S.

import { Growable } from "../../bytes/growable.js";
import { RowStore } from "../../bytes/row-store.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { eachLine } from "../text/lines.js";
import { UnparsedLines } from "../text/unparsed-lines.js";
import { compiled, disassembled } from "./is-go-asm.js";

/** One instruction, but for what {@link instructionText} reads from its line when it is asked for. */
export interface InstructionRow {
  function: string;
  file: string | null;
  line: number | null;
  /** Offset in the function. */
  offset_bytes: number;
  opcode: string;
  /** True for TEXT, FUNCDATA, PCDATA and the like, which are notes to the linker and not machine code. */
  pseudo: boolean;
}

/** What differs from line to line; what only objdump prints is null in the other form. */
export interface InstructionText {
  operands: string;
  /** Virtual address as hex text; only in objdump. */
  pc: string | null;
  /** Machine code as hex; only in objdump. */
  code: string | null;
}

/** One function of the listing. */
export interface FunctionRow {
  function: string;
  file: string | null;
  size_bytes: number | null;
  frame_bytes: number | null;
  args_bytes: number | null;
  nosplit: boolean;
}

/** Raw rows of an assembly listing. */
export interface AsmListing {
  form: "compile" | "objdump";
  readonly functions: FunctionRow[];
  readonly instructions: RowStore<InstructionRow>;
  /** Where the instructions' lines begin. */
  readonly instructionOffset: Growable<Float64Array>;
  readonly unparsed: UnparsedLines;
  lines: number;
}

const symbol = /^(?<name>\S.*?) STEXT (?<attributes>.*)$/;
const text = /^TEXT (?<name>.+)\(SB\)(?: (?<file>.*))?$/;
// What `-S` prints beside instructions: hex dumps, relocations, data symbols and the package line.
const ignored =
  /^(?:\t0x[0-9a-f]+ (?:[0-9a-f]{2} )|\trel |# |.* S(?:RODATA|DATA|NOPTRDATA|BSS|NOPTRBSS|DWARF\w+|TLSBSS)\b)/;
const pseudoOpcodes = new Set(["TEXT", "FUNCDATA", "PCDATA", "NOP", "PCALIGN", "GETCALLERPC", "UNDEF"]);

/**
 * Reads an assembly listing line by line, which for a whole program may have millions. Source lines that `objdump -S`
 * interleaves are skipped; other lines that belong to neither form come back in `unparsed`.
 *
 * @example
 * const listing = "x.f STEXT nosplit size=1\n\t0x0000 00000 (f.go:3)\tRET\n";
 * const { instructions } = await load(new TextEncoder().encode(listing));
 * instructions.get("opcode", 0) // "RET"
 */
export async function readGoAsm(input: OpenInput, options: ReadOptions = {}): Promise<AsmListing> {
  const listing: AsmListing = {
    form: "compile",
    functions: [],
    instructions: new RowStore<InstructionRow>({
      function: "text",
      file: "text",
      line: "number",
      offset_bytes: "number",
      opcode: "text",
      pseudo: "flag",
    }),
    instructionOffset: new Growable(Float64Array),
    unparsed: new UnparsedLines(),
    lines: 0,
  };
  const take = (text: string, line: number, offset: number): void => {
    listing.lines = line;
    const before = listing.instructions.length;
    const known =
      addDisassembled(listing, text) || addCompiled(listing, text) || ignored.test(text) || text === "";
    if (listing.instructions.length > before) listing.instructionOffset.push(offset);
    if (!known && !isSourceLine(listing)) listing.unparsed.add(line, offset);
  };
  await eachLine(input, take, options);
  return listing;
}

/** The rest of an instruction, from its line. */
export function instructionText(line: string): InstructionText {
  const found = disassembled.exec(line)?.groups;
  if (!found) return { operands: compiled.exec(line)?.groups?.operands ?? "", pc: null, code: null };
  return { operands: (found.operands ?? "").replace(/\s*\/\/ .*$/, ""), pc: found.pc, code: found.code };
}

// Between a TEXT line and the next, objdump -S prints the source itself, any text at all.
function isSourceLine(listing: AsmListing): boolean {
  return listing.form === "objdump" && listing.functions.length > 0;
}

function addCompiled(listing: AsmListing, line: string): boolean {
  const instruction = compiled.exec(line)?.groups;
  const current = listing.functions.at(-1);
  if (instruction && current) {
    current.file ??= instruction.file ?? null;
    listing.instructions.push({
      function: current.function,
      file: instruction.file ?? null,
      line: instruction.line === undefined ? null : Number(instruction.line),
      offset_bytes: Number(instruction.offset),
      opcode: instruction.opcode,
      pseudo: pseudoOpcodes.has(instruction.opcode),
    });
    return true;
  }
  const start = symbol.exec(line)?.groups;
  if (!start) return false;
  listing.functions.push({
    function: start.name,
    file: null,
    size_bytes: attribute(start.attributes, "size"),
    frame_bytes: attribute(start.attributes, "locals"),
    args_bytes: attribute(start.attributes, "args"),
    nosplit: /\bnosplit\b/.test(start.attributes),
  });
  return true;
}

function attribute(attributes: string, name: string): number | null {
  const value = new RegExp(`\\b${name}=(0x[0-9a-f]+|\\d+)`).exec(attributes)?.[1];
  return value === undefined ? null : Number(value);
}

function addDisassembled(listing: AsmListing, line: string): boolean {
  const start = text.exec(line)?.groups;
  if (start) {
    listing.form = "objdump";
    const file = start.file ?? null;
    listing.functions.push({
      function: start.name,
      file,
      size_bytes: 0,
      frame_bytes: null,
      args_bytes: null,
      nosplit: false,
    });
    return true;
  }
  const found = disassembled.exec(line)?.groups;
  const current = listing.functions.at(-1);
  if (!found || !current) return false;
  const offset = current.size_bytes ?? 0;
  current.size_bytes = offset + found.code.length / 2;
  listing.instructions.push({
    function: current.function,
    file: found.file ?? current.file,
    line: found.line === undefined ? null : Number(found.line),
    offset_bytes: offset,
    opcode: found.opcode,
    pseudo: false,
  });
  return true;
}
