import { numbers, textAt, texts } from "../analyze/columns.js";
import { topFunctions } from "../analyze/top-functions.js";
import type { Capture } from "../capture/capture.js";
import type { PprofCapture } from "../capture/pprof.js";
import { shortFunction } from "./code-names.js";
import { sampleTypes } from "./corroborate.js";
import { plainNs, plainShare } from "./sentences.js";

/** What captures without a trace say by themselves: where to look, not why any one request was slow. */
export function hintsOf(captures: readonly Capture[]): string[] {
  return captures.flatMap((capture) => hintOf(capture) ?? []);
}

function hintOf(capture: Capture): string | undefined {
  if (capture.kind === "pprof") return ofProfile(capture as PprofCapture);
  const figures = capture.summary() as Record<string, number>;
  if (capture.kind === "godebug" && figures.cycles > 0) {
    const { cycles, mark_ns, stw_ns } = figures;
    return `${capture.source.name}: ${cycles} collections, ${plainNs(mark_ns)} of marking and ${plainNs(stw_ns)} of pauses in all`;
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
    `${capture.source.name}: ${took.length} slow commands, the longest ${textAt(command, longest)} of ${plainNs(took[longest])}; ` +
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
  const top = topFunctions(profile, { sampleType });
  const func = texts(top, "func");
  const cum = numbers(top, "cum_share");
  const flat = numbers(top, "flat_share");
  // Of contention the program's own function with most below it; else what costs most by itself.
  let best = -1;
  for (let row = 0; row < cum.length; row++) {
    const own = !/^(runtime|sync|internal|net|bufio|io|main\.main$)[./]?/.test(textAt(func, row) ?? "");
    const value = sampleType === "delay" ? (own ? cum[row] : 0) : flat[row];
    if (value > 0 && (best < 0 || value > (sampleType === "delay" ? cum[best] : flat[best]))) best = row;
  }
  if (best < 0) return undefined;
  const share = sampleType === "delay" ? cum[best] : flat[best];
  return `${profile.source.name}: ${plainShare(share)} ${said[sampleType]} is in ${shortFunction(textAt(func, best) ?? "")}`;
}
