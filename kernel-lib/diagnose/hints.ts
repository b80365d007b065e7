import { numbers, textAt, texts } from "../analyze/columns.js";
import { StackFrames } from "../analyze/stack-frames.js";
import { topFunctions } from "../analyze/top-functions.js";
import type { Capture } from "../capture/capture.js";
import type { PprofCapture } from "../capture/pprof.js";
import type { CaptureNames } from "./capture-names.js";
import { shortFunction } from "./code-names.js";
import { sampleTypes } from "./corroborate.js";
import { plainNs, plainShare } from "./sentences.js";

/** What captures without a trace say by themselves: where to look, not why any one request was slow. */
export function hintsOf(captures: readonly Capture[], nameOf: CaptureNames): string[] {
  return captures.flatMap((capture) => {
    const hint = hintOf(capture);
    return hint === undefined ? [] : [`${nameOf(capture)}: ${hint}`];
  });
}

function hintOf(capture: Capture): string | undefined {
  if (capture.kind === "pprof") return ofProfile(capture as PprofCapture);
  const figures = capture.summary() as Record<string, number>;
  if (capture.kind === "godebug" && figures.cycles > 0) {
    const { cycles, mark_ns, stw_ns } = figures;
    return `${cycles} collections, ${plainNs(mark_ns)} of marking and ${plainNs(stw_ns)} of pauses in all`;
  }
  if (capture.kind === "redis" && figures.slowlog > 0) return ofSlowLog(capture);
  return undefined;
}

// In one worker everybody waits for a long command; which ones waited for it, whole seconds cannot tell.
function ofSlowLog(capture: Capture): string {
  const log = capture.table("slowlog");
  const took = numbers(log, "dur_ns");
  const command = texts(log, "command");
  let longest = 0;
  for (let row = 0; row < took.length; row++) if (took[row] > took[longest]) longest = row;
  return (
    `${took.length} slow commands, the longest ${textAt(command, longest)} of ${plainNs(took[longest])}; ` +
    "a Redis server does one at a time, so others waited as long, but its whole seconds do not say which"
  );
}

const said: Readonly<Record<string, string>> = {
  delay: "of the time waited for locks and channels",
  cpu: "of the CPU time",
  alloc_space: "of the bytes allocated",
};

function ofProfile(profile: PprofCapture): string | undefined {
  const sampleType = sampleTypes(profile).find((type) => said[type] !== undefined);
  if (sampleType === undefined) return undefined;
  return sampleType === "delay" ? ofContention(profile) : ofCosts(profile, sampleType);
}

// What costs most by itself.
function ofCosts(profile: PprofCapture, sampleType: string): string | undefined {
  const top = topFunctions(profile, { sampleType });
  if (top.numRows() === 0) return undefined;
  return sentence(sampleType, textAt(texts(top, "func"), 0) ?? "", numbers(top, "flat_share")[0]);
}

// The program's own function, innermost, that let go of what others waited for, or waited.
function ofContention(profile: PprofCapture): string | undefined {
  const samples = profile.table("samples");
  const stack = numbers(samples, "stack_id");
  const delay = numbers(samples, "delay_ns");
  const frames = new StackFrames(profile);
  const sums = new Map<string, number>();
  let whole = 0;
  for (let row = 0; row < delay.length; row++) {
    const func = frames.own(stack[row])[0]?.func;
    whole += delay[row];
    if (func !== undefined) sums.set(func, (sums.get(func) ?? 0) + delay[row]);
  }
  const [best] = [...sums].sort((x, y) => y[1] - x[1]);
  return best && best[1] > 0 ? sentence("delay", best[0], best[1] / whole) : undefined;
}

function sentence(sampleType: string, func: string, share: number): string {
  return `${plainShare(share)} ${said[sampleType]} is in ${shortFunction(func)}`;
}
