import type { LoadedCapture } from "../../capture/formats.js";
import { printable } from "../output.js";
import { UsageError } from "../usage-error.js";
import type { Selection } from "./selected-table.js";
import { StackFrames } from "./stack-frames.js";
import { sumOf, weightedStacks } from "./weighted-stacks.js";

/** What the stack formats take beside the capture. */
export interface StackExportOptions extends Selection {
  table?: string;
  /** Which sample type, where the format has room for one. */
  value?: string;
}

/**
 * Stacks in the folded form of flame graph tools: `root;caller;leaf weight`, a line a stack, the heaviest first. Weights
 * are those of one sample type: the default one unless `value` names another.
 *
 * @throws UsageError when there is no such sample type
 */
export function* foldedLines(capture: LoadedCapture, options: StackExportOptions): Generator<string> {
  const { types, defaultType, samples } = weightedStacks(capture, options.table, options);
  const type =
    options.value === undefined ? defaultType : types.findIndex((one) => one.type === options.value);
  if (type < 0) {
    const known = types.map((one) => one.type).join(", ");
    throw new UsageError(`no sample type ${JSON.stringify(options.value)}; there are: ${known}`);
  }
  const frames = new StackFrames(capture.table("frames"));
  const weights = new Map<string, number | bigint>();
  for (const { stack, values } of samples) {
    const weight = values[type] ?? 0;
    const path = [...frames.of(stack)].reverse().map((frame) => frameName(frames.funcOf(frame)));
    const line = path.join(";") || "[no stack]";
    weights.set(line, sumOf(weights.get(line) ?? 0, weight));
  }
  const lines = [...weights].filter(([, weight]) => weight !== 0 && weight !== 0n);
  lines.sort((a, b) => (a[1] < b[1] ? 1 : a[1] > b[1] ? -1 : a[0] < b[0] ? -1 : 1));
  for (const [path, weight] of lines) yield `${path} ${weight}\n`;
}

// A semicolon or a line break in a name would be read as the next frame or the next stack.
function frameName(func: string): string {
  return printable(func.replace(/[\r\n\t]/g, " ")).replaceAll(";", ":") || "[unknown]";
}
