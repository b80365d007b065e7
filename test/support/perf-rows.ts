import type { PerfCapture } from "#lib/capture/perf-capture.js";

/** A frame of a perf capture as `address function binary`. */
export function frameTexts({ profile }: PerfCapture): string[] {
  const { locations, mappings, names, frameLocation, frameName } = profile;
  return Array.from(frameLocation, (location, frame) => {
    const mapping = locations.mapping[location];
    const address = (BigInt(locations.addressHi[location]) << 32n) | BigInt(locations.addressLo[location]);
    const name = names[frameName[frame]];
    return `${address.toString(16)} ${name} ${mapping < 0 ? "" : mappings[mapping].file}`;
  });
}

/** Each sample of a perf capture with its frames, leaf first, for comparing two readings of one recording. */
export function sampleRows(
  capture: PerfCapture,
): { head: string; detail: string | null; frames: string[] }[] {
  const { profile, samples } = capture;
  const frames = frameTexts(capture);
  const shown = ["event", "comm", "tid", "period"];
  return Array.from(profile.sampleStack, (stack, row) => ({
    head: shown.map((name) => samples.get(name, row)).join(" "),
    detail: samples.get("detail", row) as string | null,
    frames: Array.from(
      profile.stackFrame.subarray(profile.stackStart[stack], profile.stackStart[stack + 1]),
      (frame) => frames[frame],
    ),
  }));
}
