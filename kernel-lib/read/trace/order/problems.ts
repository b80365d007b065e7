// What Go's reader says of events that cannot be, in its words.

import { Wire, wireNames } from "../wire.js";
import { procStatusNames } from "./records.js";

export const overrun = "varint runs past the end of its batch, or overflows 64 bits";

export function badType(type: number): string {
  if (type < 128 && type > Wire.EndOfGeneration) return `found event of unknown type ${type}`;
  if (wireNames[type] === undefined) return `found event of unknown type ${type}`;
  return `found event without a timestamp: ${wireNames[type]}`;
}

/** What an event lacks of thread, processor (if it needs one) and goroutine (1: needs one, -1: must have none); "" for nothing. */
export function contextProblem(m: number, p: number, g: number, needsP: boolean, needsG: number): string {
  if (m === 0) return "expected a thread but didn't have one";
  if (needsP && p < 0) return "expected a proc but didn't have one";
  if (needsG > 0 && g < 0) return "expected a goroutine but didn't have one";
  if (needsG < 0 && g >= 0) return "expected no goroutine but had one";
  return "";
}

export function procStatusName(status: number): string {
  return procStatusNames[status] ?? "NotExist";
}

/** A range said to be active must be new in a trace's first generation, and known in later ones. */
export function activeProblem(first: boolean, has: boolean, name: string): string {
  if (first && has) return `found named active range already in first gen: ${name}`;
  return first || has ? "" : `resource is missing active range: ${name}`;
}
