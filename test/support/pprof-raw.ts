import type { PprofCapture } from "#lib/capture/formats.js";

/** A profile's samples, locations and mappings as `go tool pprof -raw` prints them, without its header lines. */
export function pprofRaw(capture: PprofCapture): string[] {
  const { profile, header } = capture;
  const types = profile.valueTypes.map(
    ({ type, unit }) => `${type}/${unit}${type === header.defaultSampleType ? "[dflt]" : ""}`,
  );
  return [
    "Samples:",
    types.join(" "),
    ...samples(capture),
    "Locations",
    ...locations(capture),
    "Mappings",
    ...mappings(capture),
  ];
}

function samples({ profile }: PprofCapture): string[] {
  const labels = labelLines(profile);
  return Array.from(profile.sampleStack, (stack, sample) => {
    const values = profile.values.map((column) => ` ${String(column[sample]).padStart(10)}`).join("");
    const ids: number[] = [];
    for (let at = profile.stackStart[stack]; at < profile.stackStart[stack + 1]; at++) {
      const frame = profile.stackFrame[at];
      if (!profile.frameInlined[frame]) ids.push(profile.frameLocation[frame] + 1);
    }
    return [`${values}: ${ids.map((id) => `${id} `).join("")}`, ...(labels.get(sample) ?? [])];
  }).flat();
}

function labelLines({ labels }: PprofCapture["profile"]): Map<number, string[]> {
  const grouped = new Map<number, { text: Map<string, string[]>; num: Map<string, string[]> }>();
  for (let row = 0; row < labels.sample.length; row++) {
    const of = grouped.get(labels.sample[row]) ?? { text: new Map(), num: new Map() };
    grouped.set(labels.sample[row], of);
    const key = labels.strings[labels.key[row]];
    const isText = labels.text[row] >= 0;
    const unit = labels.unit[row] < 0 ? "" : ` ${labels.strings[labels.unit[row]]}`;
    const value = isText ? labels.strings[labels.text[row]] : `${labels.num[row]}${unit}`;
    const kind = isText ? of.text : of.num;
    kind.set(key, [...(kind.get(key) ?? []), value]);
  }
  const line = (of: Map<string, string[]>): string[] => {
    const parts = [...of].map(([key, values]) => `${key}:[${values.join(" ")}]`).sort();
    return parts.length > 0 ? [`${" ".repeat(16)}${parts.join(" ")}`] : [];
  };
  return new Map([...grouped].map(([sample, of]) => [sample, [...line(of.text), ...line(of.num)]]));
}

function locations({ profile }: PprofCapture): string[] {
  const { addressLo, addressHi, mapping } = profile.locations;
  const lines: string[] = [];
  let last = -1;
  profile.frameLocation.forEach((location, frame) => {
    const address = (BigInt(addressHi[location]) << 32n) | BigInt(addressLo[location]);
    // pprof gives a profile without any mapping an empty one.
    const id = profile.mappings.length === 0 ? "1" : profile.mappings[mapping[location]]?.id;
    const mapped = id === undefined ? "" : `M=${id} `;
    const start =
      location === last
        ? " ".repeat(13)
        : `${String(location + 1).padStart(6)}: 0x${address.toString(16)} ${mapped}`;
    last = location;
    const fn = profile.frameFunction[frame];
    if (fn < 0) {
      lines.push(start);
      return;
    }
    const { name, systemName, file, startLine } = profile.functions;
    const alias = name[fn] === systemName[fn] ? "" : `(${systemName[fn]})`;
    lines.push(
      `${start}${name[fn]} ${file[fn]}:${profile.frameLine[frame]}:${profile.frameColumn[frame]} s=${startLine[fn]}${alias}`,
    );
  });
  return lines;
}

function mappings({ profile }: PprofCapture): string[] {
  if (profile.mappings.length === 0) return ["1: 0x0/0x0/0x0   "];
  return profile.mappings.map(
    ({ id, start, limit, offset, file, buildId, has }) =>
      `${id}: ${start}/${limit}/${offset} ${file} ${buildId} ${has}`,
  );
}
