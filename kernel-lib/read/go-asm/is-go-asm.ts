import type { Head } from "../detector.js";

/** An instruction of `-gcflags=-S`. */
export const compiled: RegExp =
  /^\t0x[0-9a-f]{4,} (?<offset>\d+) \((?:(?<file>.*):(?<line>\d+)|<unknown line number>)\)\t(?<opcode>\S+)(?:\t(?<operands>.*))?$/;
/** An instruction of `go tool objdump`. */
export const disassembled: RegExp =
  /^ {2}(?:(?<file>.+?):(?<line>\d+)\t+)?0x(?<pc>[0-9a-f]+)\t+(?<code>[0-9a-f]+)\t+(?<opcode>\S+)(?: (?<operands>.*?))?\s*$/;

/** True for text that holds an assembly listing of either form. */
export function isGoAsm({ text }: Head): boolean {
  const lines = text.slice(0, 262144).split("\n");
  return lines.some((line) => compiled.test(line) || disassembled.test(line));
}
