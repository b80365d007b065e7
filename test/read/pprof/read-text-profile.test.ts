import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PprofCapture } from "#lib/capture/formats.js";
import { load, readPprof } from "#lib/index.js";
import { goTool, hasGo } from "../../support/go-tool.js";

const folder = join(import.meta.dirname, "../../fixtures/pprof");
const texts = readdirSync(folder).filter((name) => name.includes(".debug1.txt"));
const open = async (name: string): Promise<PprofCapture> => (await load(join(folder, name))) as PprofCapture;

/** Each sample as its values and the addresses of its stack. */
function addresses({ profile }: PprofCapture): string[] {
  const { addressLo, addressHi } = profile.locations;
  return Array.from(profile.sampleStack, (stack, sample) => {
    const values = profile.values.map((column) => column[sample]);
    const places: string[] = [];
    for (let at = profile.stackStart[stack]; at < profile.stackStart[stack + 1]; at++) {
      const frame = profile.stackFrame[at];
      if (profile.frameInlined[frame]) continue;
      const location = profile.frameLocation[frame];
      places.push(((BigInt(addressHi[location]) << 32n) | BigInt(addressLo[location])).toString(16));
    }
    return `${values.join(" ")}: ${places.join(" ")}`;
  });
}

/** The same from `go tool pprof -raw`. */
function rawAddresses(raw: string): string[] {
  const [, samples, locations] = /^Samples:\n.*\n([\s\S]*)^Locations\n([\s\S]*)^Mappings/m.exec(raw) ?? [];
  const addressOf = new Map(
    [...locations.matchAll(/^ *(\d+): 0x([0-9a-f]+)/gm)].map(([, id, address]) => [id, address]),
  );
  return [...samples.matchAll(/^ +([-\d ]+): ([\d ]*)$/gm)].map(([, values, ids]) => {
    const places = ids
      .trim()
      .split(" ")
      .map((id) => addressOf.get(id));
    return `${values.trim().split(/ +/).join(" ")}: ${places.join(" ")}`;
  });
}

test.each(texts)("%s is told by its content and read without findings", async (name) => {
  const capture = await load(readFileSync(join(folder, name)));
  expect(capture.kind).toBe("pprof");
  expect(capture.findings).toEqual([]);
});

// Up to Go 1.22 the runtime writes threads without any address, which pprof refuses as malformed.
const readByPprof = texts.filter((name) => !/^go1\.(19|22).*-threadcreate/.test(name));
test.skipIf(!hasGo).each(readByPprof)("%s has the samples of go tool pprof -raw", async (name) => {
  const raw = goTool("pprof", "-raw", "-symbolize=none", join(folder, name));
  expect(addresses(await open(name))).toEqual(rawAddresses(raw));
});

test.each(["1.19.13", "1.22.12", "1.26.8"])(
  "Go %s: the text names what the binary form names",
  async (version) => {
    const text = await open(`go${version}-block.debug1.txt`);
    const binary = await open(`go${version}-block.pb.gz`);
    // The two were written one after the other, and the program's other goroutines went on in between.
    const leaves = (capture: PprofCapture): Set<unknown> => new Set(capture.samples.array("leaf"));
    expect(leaves(text)).toEqual(leaves(binary));
  },
);

test("a goroutine profile's labels are read, and a line that is none of it is a finding", async () => {
  const text = [
    "goroutine profile: total 3",
    "2 @ 0x10 0x20",
    '# labels: {"tenant":"<b>", "user":"7"}',
    "#\t0xf\tmain.wait+0x2\t\tmain.go:12",
    "#\t0x1f\tmain.main+0x9\t\tmain.go:30",
    "",
    "not a sample",
    "1 @ 0x10",
    "",
  ].join("\n");
  const capture = (await load(Buffer.from(text))) as PprofCapture;
  expect(capture.sampleLabels.objects()).toEqual([
    { sample_id: 0, key: "tenant", value: "<b>", num: 0, num_unit: null },
    { sample_id: 0, key: "user", value: "7", num: 0, num_unit: null },
  ]);
  // The second stack is not named by itself; the first one names its only address.
  expect(capture.topFunctions.array("func")).toEqual(["main.wait", "main.main"]);
  expect(capture.topFunctions.array("flat")).toEqual([3, 0]);
  expect(capture.findings).toMatchObject([{ code: "unknown-line", place: { line: 7 }, lost: 1 }]);
  await expect(load(Buffer.from(text), { strict: true })).rejects.toThrow(
    "<bytes>:7: the line is no part of a profile",
  );
});

test("numbers beyond 64 bits are no Infinity: Go's conversions, and a rate that is none is said", async () => {
  const heap = "heap profile: 1: 416 [2: 64] @ heap/18446744073709551615\n1: 416 [2: 64] @ 0x10\n";
  const capture = (await load(Buffer.from(heap))) as PprofCapture;
  expect(capture.summary().totals).toMatchObject({ inuse_space: 416, alloc_space: 64 });
  expect(capture.findings).toMatchObject([{ code: "sampling-rate", severity: "loss" }]);
  // As a double 1 - exp(-1 / 2^62) is 0, and Go's int64 of the infinity behind it is the least there is.
  const rare = `heap profile: 1: 1 [1: 1] @ heap_v2/${2n ** 62n}\n1: 1 [1: 1] @ 0x10\n`;
  expect((await load(Buffer.from(rare))).summary().totals).toMatchObject({ space: -(2n ** 63n) });
  const huge =
    "--- mutex:\ncycles/second=1\nsampling period=9223372036854775807\n9223372036854775807 2 @ 0x10\n";
  expect((await load(Buffer.from(huge))).summary().totals).toMatchObject({ delay: -(2n ** 63n) });
});

describe("totals in a header", () => {
  const goroutines = ["goroutine profile: total 7", "4 @ 0x401000", "3 @ 0x402000", ""];
  const heap = [
    "heap profile: 3: 300 [5: 500] @ heap/1048576",
    "1: 100 [2: 200] @ 0x401000",
    "2: 200 [3: 300] @ 0x402000",
    "",
  ];
  const differing = async (lines: string[]) =>
    (await readPprof(Buffer.from(lines.join("\n")))).findings.filter(({ code }) => code === "total-differs");

  test("that the samples add up to say nothing", async () => {
    expect(await differing(goroutines)).toEqual([]);
    expect(await differing(heap)).toEqual([]);
  });

  test("that are more than the samples are a loss", async () => {
    expect(await differing(goroutines.toSpliced(2, 1))).toMatchObject([
      {
        severity: "loss",
        message: "the total of goroutine is 7, but the rows that can be read add up to 4",
        place: { line: 1 },
      },
    ]);
    expect(await differing(heap.toSpliced(1, 1))).toHaveLength(4);
    await expect(
      readPprof(Buffer.from(goroutines.toSpliced(1, 1).join("\n")), { strict: true }),
    ).rejects.toThrow(/total of goroutine is 7/);
  });
});
