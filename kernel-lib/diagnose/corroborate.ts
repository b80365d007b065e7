import { numbers, textAt, texts } from "../analyze/columns.js";
import { topFunctions } from "../analyze/top-functions.js";
import type { Capture } from "../capture/capture.js";
import type { GodebugCapture } from "../capture/godebug.js";
import type { PprofCapture } from "../capture/pprof.js";
import type { CaptureNames } from "./capture-names.js";
import { shortFunction } from "./code-names.js";
import type { Cause, Evidence, Finding } from "./diagnosis.js";
import { plainNs, plainShare } from "./sentences.js";

/** What another capture says to a finding. */
interface Witness {
  agrees: boolean;
  evidence: Evidence;
}

/** Below this share of a profile a function is not what it is about. */
const little = 0.02;

/** Findings with what the other captures of the incident say to them: agreement as well as contradiction, in the text and as evidence. */
export function corroborated(
  findings: readonly Finding[],
  others: readonly Capture[],
  nameOf: CaptureNames,
): Finding[] {
  return findings.map((finding) => {
    const witnesses = others.flatMap((capture) => witnessOf(finding, capture, nameOf(capture)) ?? []);
    if (witnesses.length === 0) return finding;
    const words = witnesses.map(({ evidence }) => evidence.text).join(" ");
    return {
      ...finding,
      text: `${finding.text} ${words}`,
      evidence: [...finding.evidence, ...witnesses.map(({ evidence }) => evidence)],
    };
  });
}

function witnessOf(finding: Finding, capture: Capture, name: string): Witness | undefined {
  if (capture.kind === "pprof") return fromProfile(finding, capture as PprofCapture, name);
  if (capture.kind === "godebug") return fromLog(finding, capture as GodebugCapture, name);
  return undefined;
}

const ofCollector: ReadonlySet<Cause> = new Set(["gc-assist", "gc-sweep", "gc-mark"]);

function fromProfile(finding: Finding, profile: PprofCapture, name: string): Witness | undefined {
  const types = sampleTypes(profile);
  const names = [finding.behind, finding.where, ...finding.chain].filter((name) => name !== "");
  if (types.includes("delay") && (finding.cause === "lock" || finding.cause === "channel")) {
    return ofFunctions(profile, name, "delay", names, "of the time waited in this profile of contention");
  }
  if (types.includes("cpu") && ["cpu", "scheduler", "lock", "queue", "channel"].includes(finding.cause)) {
    const wanted = finding.cause === "cpu" ? [finding.where] : [finding.behind, ...finding.chain];
    return ofFunctions(profile, name, "cpu", wanted, "of the CPU time in this profile");
  }
  if (types.includes("alloc_space") && ofCollector.has(finding.cause)) return ofAllocations(profile, name);
  return undefined;
}

/** The sample types of a profile. */
export function sampleTypes(profile: PprofCapture): string[] {
  const { sample_types } = profile.summary() as { sample_types: { type: string }[] };
  return sample_types.map(({ type }) => type);
}

function ofFunctions(
  profile: PprofCapture,
  capture: string,
  sampleType: string,
  names: readonly string[],
  words: string,
): Witness | undefined {
  const top = topFunctions(profile, { sampleType });
  const func = texts(top, "func");
  const cum = numbers(top, "cum_share");
  let best = { name: names[0] ?? "", share: 0 };
  for (let row = 0; row < cum.length; row++) {
    const name = textAt(func, row) ?? "";
    if (names.includes(name) && cum[row] > best.share) best = { name, share: cum[row] };
  }
  if (best.name === "" || top.numRows() === 0) return undefined;
  const agrees = best.share >= little;
  const text = agrees
    ? `${capture} agrees: ${plainShare(best.share)} ${words} is in ${shortFunction(best.name)}.`
    : `${capture} does not show it: ${plainShare(best.share)} ${words} is in ${shortFunction(best.name)}.`;
  return {
    agrees,
    evidence: { capture, table: "top_functions", rows: top.numRows(), text },
  };
}

// A trace does not say who allocates; a heap profile does.
function ofAllocations(profile: PprofCapture, capture: string): Witness | undefined {
  const top = topFunctions(profile, { sampleType: "alloc_space" });
  if (top.numRows() === 0) return undefined;
  const name = textAt(texts(top, "func"), 0) ?? "";
  const share = numbers(top, "flat_share")[0];
  const text = `${capture} says who allocates: ${plainShare(share)} of the bytes ${shortFunction(name)}.`;
  return {
    agrees: true,
    evidence: { capture, table: "top_functions", rows: top.numRows(), text },
  };
}

function fromLog(finding: Finding, log: GodebugCapture, name: string): Witness | undefined {
  const paused = finding.cause === "stop-the-world" && /GC/.test(finding.behind);
  if (!ofCollector.has(finding.cause) && !paused) return undefined;
  const { cycles, stw_ns, mark_ns } = log.summary() as Record<string, number>;
  const agrees = cycles > 0;
  const text = agrees
    ? `${name} has ${cycles} collections: ${plainNs(mark_ns)} of marking, ${plainNs(stw_ns)} of pauses.`
    : `${name} does not show it: it has no collection.`;
  return { agrees, evidence: { capture: name, table: "gc_cycles", rows: cycles, text } };
}
