// The binary CPU profiles of gperftools (`CPUPROFILE=file`): machine words, 0 3 0 period 0, then for each stack its
// count, its depth and its addresses, up to 0 1 0; behind that the memory map as text.
// https://github.com/google/pprof/blob/main/profile/legacy_profile.go

import { CaptureError } from "../../bytes/capture-error.js";
import type { Diagnostics } from "../diagnostics.js";
import { Int64Column } from "../profile/int64-values.js";
import { ProfileBuilder } from "../profile/profile-builder.js";
import { noLabels } from "../profile/profile-columns.js";
import type { PprofData } from "./decode-pprof.js";
import { headerWords, type Words, wordsOf } from "./legacy-cpu-words.js";
import { MemoryMap } from "./memory-map.js";

interface Stack {
  readonly count: bigint;
  addresses: bigint[];
}

/** Reads a binary CPU profile of gperftools; functions have no names in it, their files do. */
export function readLegacyCpu(bytes: Uint8Array, diagnostics: Diagnostics, strict = false): PprofData {
  const words = wordsOf(bytes);
  if (!words) throw new CaptureError("is no CPU profile of gperftools", { place: { offset: 0 } });
  const period = Number(words.at(3)) * 1000;
  const stacks: Stack[] = [];
  const map = new MemoryMap();
  const end = readStacks(words, stacks);
  if (end < 0) {
    const message = "the profile ends before its end mark: it was cut, or its program did not exit cleanly";
    if (strict) throw new CaptureError(message, { remedy: "read without strict to keep what is whole" });
    diagnostics.add("loss", "truncated", message);
  } else {
    const text = new TextDecoder().decode(bytes.subarray(end * words.size));
    for (const line of text.split(/\r?\n/)) map.take(line);
  }
  dropHandlerFrames(stacks);
  return {
    periodType: { type: "cpu", unit: "nanoseconds" },
    period,
    timeNanos: 0n,
    durationNanos: 0,
    comments: [],
    docUrl: "",
    dropFrames: "",
    keepFrames: "",
    defaultSampleType: "",
    profile: map.place(profileOf(stacks, period)),
  };
}

/** The word after the end mark, -1 where there is none. */
function readStacks(words: Words, stacks: Stack[]): number {
  let at = headerWords;
  while (at + 2 <= words.length) {
    const count = words.at(at);
    const depth = words.at(at + 1);
    if (depth > BigInt(words.length - at - 2)) return -1;
    const first = at + 2;
    at = first + Number(depth);
    // Addresses of callers are those they return to: the call is before that.
    const addresses = Array.from({ length: Number(depth) }, (_, frame) =>
      BigInt.asUintN(64, words.at(first + frame) - (frame > 0 ? 1n : 0n)),
    );
    if (count === 0n && depth === 1n && addresses[0] === 0n) return at;
    stacks.push({ count, addresses });
  }
  return -1;
}

/** A frame that nearly all stacks have above their leaf is the signal handler's; up to two are. */
function dropHandlerFrames(stacks: Stack[]): void {
  for (let round = 0; round < 2; round++) {
    const counts = new Map<bigint, number>();
    for (const { addresses } of stacks) {
      if (addresses.length > 1) counts.set(addresses[1], (counts.get(addresses[1]) ?? 0) + 1);
    }
    const enough = stacks.length - Math.trunc(stacks.length / 32);
    const handler = [...counts].find(([, count]) => count >= enough)?.[0];
    for (const stack of stacks) {
      if (handler !== undefined && stack.addresses[1] === handler) stack.addresses.splice(1, 1);
    }
  }
  // The leaf may stand there twice, from the signal and from unwinding.
  for (const { addresses } of stacks) {
    if (addresses.length > 1 && addresses[0] === addresses[1] + 1n) addresses.splice(1, 1);
  }
}

function profileOf(stacks: readonly Stack[], period: number): PprofData["profile"] {
  const builder = new ProfileBuilder();
  const counts = new Int64Column(stacks.length);
  const times = new Int64Column(stacks.length);
  const sampleStack = Int32Array.from(stacks, ({ count, addresses }, row) => {
    setValue(counts, row, BigInt.asIntN(64, count));
    setValue(times, row, BigInt.asIntN(64, count * BigInt(period)));
    const frames = addresses.map((address) =>
      builder.frame({ name: "", lo: Number(address & 0xffffffffn), hi: Number(address >> 32n) }),
    );
    return builder.stacks.intern(frames, frames.length);
  });
  return {
    ...builder.finish(),
    valueTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    defaultValue: 1,
    values: [counts.finish(), times.finish()],
    sampleStack,
    labels: noLabels(),
  };
}

function setValue(column: Int64Column, row: number, value: bigint): void {
  const number = Number(value);
  if (Number.isSafeInteger(number)) column.set(row, number);
  else column.setBig(row, value);
}
