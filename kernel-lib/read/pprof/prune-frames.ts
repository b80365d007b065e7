import type { Diagnostics } from "../diagnostics.js";
import { type LinearRegex, linearRegex } from "./linear-regex.js";

/** How drop_frames shortens stacks. */
export interface PrunedFrames {
  /** The first frame of each location that is kept. */
  readonly first: Uint32Array;
  /** The locations of a stack, leaf first, without those that are dropped. */
  cut(locations: Uint32Array): Uint32Array;
}

/**
 * Applies a profile's own `drop_frames` and `keep_frames` the way pprof does before it shows anything: of each
 * stack, what lies beneath the dropped function nearest to the root goes, and that function too, unless
 * nothing above it would be left.
 *
 * Definition: `Prune` in https://github.com/google/pprof/blob/main/profile/prune.go.
 */
export function prunedFrames(
  header: { dropFrames: string; keepFrames: string },
  functionNames: readonly string[],
  frameFunction: Int32Array,
  firstFrame: Uint32Array,
  diagnostics: Diagnostics,
): PrunedFrames | undefined {
  if (!header.dropFrames) return undefined;
  let drop: LinearRegex;
  let keep: LinearRegex | undefined;
  try {
    drop = linearRegex(header.dropFrames);
    keep = header.keepFrames ? linearRegex(header.keepFrames) : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    diagnostics.add(
      "warning",
      "drop-frames",
      `frames are not dropped, the pattern is not understood: ${reason}`,
    );
    return undefined;
  }
  const dropped = Uint8Array.from(functionNames, (name) => {
    const simple = simplified(name);
    return name && drop.test(simple) && !keep?.test(simple) ? 1 : 0;
  });
  const locations = firstFrame.length - 1;
  const first = firstFrame.slice(0, locations);
  // 1: the whole location goes; 2: it stays, what is beneath goes.
  const fate = new Uint8Array(locations);
  for (let location = 0; location < locations; location++) {
    const end = firstFrame[location + 1];
    for (let frame = end - 1; frame >= firstFrame[location]; frame--) {
      if (frameFunction[frame] < 0 || dropped[frameFunction[frame]] === 0) continue;
      fate[location] = frame === end - 1 ? 1 : 2;
      if (frame < end - 1) first[location] = frame + 1;
      break;
    }
  }
  return { first, cut: (stack) => cutStack(stack, fate) };
}

function cutStack(stack: Uint32Array, fate: Uint8Array): Uint32Array {
  let foundUser = false;
  for (let i = stack.length - 1; i >= 0; i--) {
    const what = fate[stack[i]];
    if (what === 0) foundUser = true;
    else if (foundUser) return stack.subarray(what === 1 ? i + 1 : i);
  }
  return stack;
}

/** A C++ name without its arguments, and without the leading dot that one ABI has. */
function simplified(name: string): string {
  const plain = name.startsWith(".") ? name.slice(1) : name;
  for (const match of plain.matchAll(/\(anonymous namespace\)|operator\(\)|\(/g)) {
    if (match[0] === "(") return plain.slice(0, match.index);
  }
  return plain;
}
