import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { Function as Fn, Label, Line, Location, Profile, Sample, StringTable, ValueType } from "pprof-format";
import { expect, test } from "vitest";
import type { PprofCapture } from "#lib/capture/formats.js";
import { CaptureError, load } from "#lib/index.js";

const folder = join(import.meta.dirname, "../../fixtures/pprof");
const cpu = gunzipSync(readFileSync(join(folder, "go1.26.8-cpu.pb.gz")));

const asPprof = async (bytes: Uint8Array, strict = false): Promise<PprofCapture> =>
  (await load(bytes, { kind: "pprof", strict })) as PprofCapture;

/** A profile of one sample type `cpu nanoseconds`, with the rest given. */
function profile(make: (strings: StringTable) => object): Uint8Array {
  const stringTable = new StringTable();
  const sampleType = [
    new ValueType({ type: stringTable.dedup("cpu"), unit: stringTable.dedup("nanoseconds") }),
  ];
  return new Profile({ stringTable, sampleType, ...make(stringTable) } as never).encode();
}

test("values of the full signed 64-bit range are exact", async () => {
  const values = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, -5n];
  const bytes = profile(() => ({
    sample: values.map((value) => new Sample({ locationId: [], value: [value] })),
  }));
  const capture = await asPprof(bytes);
  expect(capture.samples.array("cpu_ns")).toEqual(values);
  // (2^63 - 1) + (-2^63) + (2^53 + 1) - 5 = 2^53 - 5
  expect(capture.summary()).toMatchObject({ totals: { cpu: 2 ** 53 - 5 } });
});

test("ids that are in no table, too few values and ids given twice are findings, and errors under strict", async () => {
  const bytes = profile((strings) => ({
    sample: [new Sample({ locationId: [1, 99], value: [5] }), new Sample({ locationId: [1], value: [] })],
    location: [
      new Location({ id: 1, mappingId: 7, line: [new Line({ functionId: 4 }), new Line({ functionId: 1 })] }),
      new Location({ id: 1, line: [] }),
    ],
    function: [new Fn({ id: 1, name: strings.dedup("main.main") })],
  }));
  const capture = await asPprof(bytes);
  expect(capture.findings.map(({ code }) => code).sort()).toEqual([
    "absent-function",
    "absent-location",
    "absent-mapping",
    "duplicate-id",
    "value-count",
  ]);
  expect(capture.samples.numRows()).toBe(2);
  await expect(asPprof(bytes, true)).rejects.toThrow(CaptureError);
});

test("ids may be any 64-bit number", async () => {
  const ids = [2n ** 64n - 1n, 2n ** 53n, 2n ** 53n + 1n];
  const bytes = profile((strings) => ({
    sample: ids.map((id, i) => new Sample({ locationId: [id], value: [i + 1] })),
    location: ids.map((id) => new Location({ id, line: [new Line({ functionId: id })] })),
    function: ids.map((id) => new Fn({ id, name: strings.dedup(`f${id}`) })),
  }));
  const capture = await asPprof(bytes);
  expect(capture.findings).toEqual([]);
  expect(capture.samples.array("leaf")).toEqual(ids.map((id) => `f${id}`));
});

test("drop_frames cuts as pprof does, and a pattern made to hang does not", async () => {
  const names = ["malloc", "operator new(unsigned long)", "app::Run(int)", "main"];
  const build = (dropFrames: string, keepFrames = ""): Uint8Array =>
    profile((strings) => ({
      dropFrames: strings.dedup(dropFrames),
      keepFrames: strings.dedup(keepFrames),
      sample: [new Sample({ locationId: [1, 2, 3, 4], value: [1] })],
      location: names.map((_, i) => new Location({ id: i + 1, line: [new Line({ functionId: i + 1 })] })),
      function: [...names, `${"a".repeat(5000)}!`].map(
        (name, i) => new Fn({ id: i + 1, name: strings.dedup(name) }),
      ),
    }));
  const stack = async (bytes: Uint8Array): Promise<unknown> => (await asPprof(bytes)).frames.array("func");
  expect(await stack(build("malloc|operator new"))).toEqual(["app::Run(int)", "main"]);
  expect(await stack(build("malloc|operator.*", "operator new"))).toEqual(names.slice(1));
  // Nothing above main would be left, so it stays.
  expect(await stack(build("ma[a-z]{1,2}(l+oc)?"))).toEqual(names.slice(1));
  const start = performance.now();
  expect(await stack(build("(a+)+(a|a)*b"))).toEqual(names);
  expect(performance.now() - start).toBeLessThan(5000);
  const unknown = await asPprof(build("(?i)malloc"));
  expect(unknown.findings).toMatchObject([{ code: "drop-frames" }]);
});

test("stacks that would fill the memory when written out are refused", async () => {
  // 20,000 lines in one location, in 20,000 stacks that differ: 400 million frames from under a megabyte.
  const line = Array.from({ length: 20_000 }, () => new Line({ functionId: 1 }));
  const bytes = profile(() => ({
    location: [
      new Location({ id: 1, line }),
      ...Array.from({ length: 20_000 }, (_, i) => new Location({ id: i + 2 })),
    ],
    sample: Array.from({ length: 20_000 }, (_, i) => new Sample({ locationId: [1, i + 2], value: [1] })),
  }));
  await expect(asPprof(bytes)).rejects.toThrow(/stacks have \d+ frames when written out/);
});

test("more values than the file has bytes are refused", async () => {
  // Fields 1 (a sample type) and 2 (a sample), each an empty message of two bytes, 3000 times: 9 million values.
  const bytes = Buffer.from("0a00".repeat(3000) + "1200".repeat(3000), "hex");
  await expect(asPprof(bytes)).rejects.toThrow("do not fit into the file");
});

test("labels, NULs and markup in names come back as they are", async () => {
  const name = 'evil\0<script>\u001b[31m"; DROP TABLE\u202e';
  const bytes = profile((strings) => ({
    sample: [
      new Sample({
        locationId: [1],
        value: [1],
        label: [
          new Label({ key: strings.dedup(name), str: strings.dedup(name) }),
          new Label({ key: strings.dedup("size"), num: -(2n ** 62n), numUnit: strings.dedup("bytes") }),
        ],
      }),
    ],
    location: [new Location({ id: 1, line: [new Line({ functionId: 1 })] })],
    function: [new Fn({ id: 1, name: strings.dedup(name) })],
  }));
  const capture = await asPprof(bytes);
  expect(capture.topFunctions.array("func")).toEqual([name]);
  expect(capture.sampleLabels.objects()).toEqual([
    { sample_id: 0, key: name, value: name, num: 0n, num_unit: null },
    { sample_id: 0, key: "size", value: null, num: -(2n ** 62n), num_unit: "bytes" },
  ]);
});

test("two profiles in one file are refused", async () => {
  await expect(asPprof(Buffer.concat([cpu, cpu]), true)).rejects.toThrow(
    "holds two profiles, one after the other",
  );
});

test("a cut profile keeps its samples and says what is lost", async () => {
  const capture = await asPprof(cpu.subarray(0, cpu.length - 100));
  expect(capture.findings.map(({ code }) => code)).toContain("truncated");
  expect(capture.samples.numRows()).toBe((await asPprof(cpu)).samples.numRows());
});

test("damaged bytes give a profile or a CaptureError, never anything else", async () => {
  const edits = fc.array(fc.tuple(fc.nat(cpu.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(edits, fc.boolean(), async (changes, strict) => {
      const bytes = Uint8Array.from(cpu);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        const capture = await asPprof(bytes, strict);
        for (const { name } of capture.tables())
          expect(capture.table(name).numRows()).toBeGreaterThanOrEqual(0);
        JSON.stringify(capture.summary(), (_, value) => (typeof value === "bigint" ? String(value) : value));
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});

test("profiles that were written one after the other into a file are refused, gzipped or not", async () => {
  const one = profile(() => ({
    sample: [new Sample({ locationId: [1], value: [1] })],
    location: [new Location({ id: 1 })],
  }));
  for (const bytes of [
    Buffer.concat([one, one]),
    Buffer.concat([gzipSync(one), gzipSync(one), gzipSync(one)]),
  ]) {
    await expect(load(bytes)).rejects.toThrow(
      /^<bytes>:0x[0-9a-f]+: holds two profiles, one after the other; write each/,
    );
  }
});
