import { readFileSync } from "node:fs";
import { type RawSymbol, SymbolTable } from "./symbol-table.js";

/** The kernel's symbols, moved to where the kernel was when the recording was made. */
export interface KernelSymbols {
  find(address: number): string | undefined;
}

/**
 * Symbols of the kernel from `/proc/kallsyms` text. `recordedText` is where `_text` was at recording time (the kernel
 * is loaded elsewhere after each boot); undefined when the recording does not say. With `sameBoot` only a kernel that
 * lies in the same place will do, for recordings that do not say which kernel it was.
 */
export function kernelSymbols(
  kallsyms: string,
  recordedText: number | undefined,
  sameBoot = false,
): KernelSymbols | undefined {
  const symbols: RawSymbol[] = [];
  let text: number | undefined;
  for (const [, address, type, name] of kallsyms.matchAll(/^([0-9a-f]{8,16}) ([tTwWdDbB]) (\S+)/gm)) {
    const start = signedAddress(address);
    if (name === "_text") text = start;
    const upper = type.toUpperCase();
    symbols.push({ start, size: 0, name, weak: upper === "W", global: type === upper });
  }
  // Without privileges the kernel prints every address as 0.
  if (symbols.length === 0 || symbols.every(({ start }) => start === 0)) return undefined;
  if (sameBoot && text !== recordedText) return undefined;
  const table = new SymbolTable(symbols, true);
  const moved = text !== undefined && recordedText !== undefined ? recordedText - text : 0;
  return { find: (address) => table.find(address - moved) };
}

/** This machine's kallsyms; empty where its kernel is not the one with this build id, if one is given. */
export function runningKallsyms(buildId: string): string {
  try {
    if (buildId && !readFileSync("/sys/kernel/notes").toString("hex").includes(buildId)) return "";
    return readFileSync("/proc/kallsyms", "latin1");
  } catch {
    return "";
  }
}

function signedAddress(hex: string): number {
  const hi = Number.parseInt(hex.slice(0, -8) || "0", 16);
  const lo = Number.parseInt(hex.slice(-8), 16);
  return (hi >= 0xffe00000 ? hi - 4294967296 : hi) * 4294967296 + lo;
}
