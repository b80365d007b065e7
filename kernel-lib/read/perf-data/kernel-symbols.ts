import { readFileSync } from "node:fs";
import { SymbolColumns, SymbolTable } from "./symbol-table.js";

/** The kernel's symbols, moved to where the kernel was when the recording was made. */
export interface KernelSymbols {
  find(address: number): string | undefined;
}

// Symbols of code and data, global (upper case), local or weak; others are no places in memory.
const kinds = new Set(Buffer.from("tTwWdDbB"));
const bindings: Readonly<Record<number, number>> = { 87: 2, 119: 2, 84: 1, 68: 1, 66: 1 };

/**
 * Symbols of the kernel from `/proc/kallsyms`. `recordedText` is where `_text` was at recording time (the kernel
 * is loaded elsewhere after each boot); undefined when the recording does not say.
 */
export function kernelSymbols(kallsyms: Buffer, recordedText: number | undefined): KernelSymbols | undefined {
  const symbols = new SymbolColumns((place) => nameAt(kallsyms, place));
  let text: number | undefined;
  let anywhere = 0;
  // A line is `ffffffff81000000 T _text`, for modules with a tab and [module] behind the name.
  for (let line = 0; line < kallsyms.length; ) {
    const next = kallsyms.indexOf(10, line);
    const end = next < 0 ? kallsyms.length : next;
    const blank = kallsyms.indexOf(32, line);
    if (blank > line && blank - line <= 16 && blank + 3 < end && kinds.has(kallsyms[blank + 1])) {
      const start = addressAt(kallsyms, line, blank);
      if (text === undefined && nameAt(kallsyms, blank + 3) === "_text") text = start;
      anywhere ||= start;
      symbols.add(start, 0, bindings[kallsyms[blank + 1]] ?? 0, blank + 3);
    }
    line = end + 1;
  }
  // Without privileges the kernel prints every address as 0.
  if (symbols.length === 0 || anywhere === 0) return undefined;
  const table = new SymbolTable(symbols, true);
  const moved = text !== undefined && recordedText !== undefined ? recordedText - text : 0;
  return { find: (address) => table.find(address - moved) };
}

function nameAt(kallsyms: Buffer, start: number): string {
  let end = start;
  while (end < kallsyms.length && kallsyms[end] > 32) end++;
  return kallsyms.toString("latin1", start, end);
}

/** A hex address as PerfBytes.address gives it: the kernel's are negative. */
function addressAt(kallsyms: Buffer, start: number, end: number): number {
  let hi = 0;
  let lo = 0;
  for (let at = start; at < end; at++) {
    const byte = kallsyms[at];
    const digit = byte <= 57 ? byte - 48 : byte - 87;
    if (end - at > 8) hi = hi * 16 + digit;
    else lo = lo * 16 + digit;
  }
  return (hi >= 0xffe00000 ? hi - 4294967296 : hi) * 4294967296 + lo;
}

const none = Buffer.alloc(0);

/** This machine's kallsyms; empty where its kernel is not the one with this build id, or none is given. */
export function runningKallsyms(buildId: string): Buffer {
  try {
    if (!buildId || !readFileSync("/sys/kernel/notes").toString("hex").includes(buildId)) return none;
    return readFileSync("/proc/kallsyms");
  } catch {
    return none;
  }
}
